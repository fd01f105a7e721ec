internal import JSON
internal import TerminalText

/// What a result is by conditions on it.
public struct Gate: Hashable, Sendable {
  /// What one series is by one condition.
  public enum Standing: Hashable, Sendable {
    /// The condition holds.
    case holds
    /// It does not.
    case fails
    /// It does not, and would without the interrupts that this host's own noise made late.
    case undecided
  }

  /// One condition on one series.
  public struct Finding: Hashable, Sendable {
    /// The series' name.
    public let series: String
    /// The condition.
    public let requirement: Requirement
    /// What it is.
    public let standing: Standing
    /// The figure that was compared, for people; with its interval where there are runs enough.
    public let figure: String
    /// What is to blame where it is undecided, or fails for this host's ticks; else nil.
    let excuse: String?

    /// One line that says what was found.
    public var description: String {
      let subject = "\(series.visible): \(figure)"
      return switch standing {
      case .holds: "\(subject): \(requirement) holds"
      case .fails:
        "\(subject): \(requirement) does not hold"
          + (excuse.map { ", but \($0): each run on this host has these" } ?? "")
      case .undecided:
        "\(subject): \(requirement) does not hold, but \(excuse ?? absent): this host was too noisy to say"
      }
    }
  }

  /// A finding for each series and condition, in their order.
  public let findings: [Finding]

  /// Judges a result.
  ///
  /// *A run without stamps* has no causes. It is excused where the run in the same configuration with
  /// stamps is: that saw the host's noise, and one that was measured beside it met it, too.
  ///
  /// *Why noise excuses a latency alone:* it makes interrupts late; it neither loses one nor makes one early.
  ///
  /// - Parameters:
  ///   - requirements: The conditions; each must hold for every series.
  ///   - result: The result.
  public init(_ requirements: [Requirement], on result: MeasurementResult) {
    findings = result.series.flatMap { series in
      let twin = result.series.first { $0.isStampedTwin(of: series) }
      return requirements.map { requirement in
        let finding = requirement.judge(series)
        guard finding.standing == .fails, let twin, requirement.judge(twin).standing == .undecided
        else { return finding }
        return Finding(
          series: series.name, requirement: requirement, standing: .undecided,
          figure: finding.figure,
          excuse: "would without noise in the measurement with stamps beside it")
      }
    }
  }

  /// What all findings together are: one that fails decides, then one that is undecided.
  public var standing: Standing {
    if findings.contains(where: { $0.standing == .fails }) { return .fails }
    return findings.contains { $0.standing == .undecided } ? .undecided : .holds
  }
}

extension Series {
  /// Whether this is the run with stamps of the same configuration.
  fileprivate func isStampedTwin(of other: Series) -> Bool {
    let stamped = "stamped"
    return setting(stamped) == true && other.setting(stamped) == false
      && configuration.filter { $0.name != stamped }
        == other.configuration.filter { $0.name != stamped }
  }
}

extension Requirement {
  fileprivate func judge(_ series: Series) -> Gate.Finding {
    let figure = value(of: series, series.latency)
    let holds = figure.map { relation.holds($0, limit) } ?? false
    let quiet = figure.flatMap { _ in value(of: series, series.latencyWithoutNoise) }
    let isExcused =
      !holds && self.figure.isLatency && quiet.map { relation.holds($0, limit) } == true
    // A figure that is no latency is the same without the ticks, and fails likewise.
    let bare = value(of: series, series.latencyWithoutTicks)
    let isTicks = !holds && bare.map { relation.holds($0, limit) } == true
    return Gate.Finding(
      series: series.name, requirement: self,
      standing: holds ? .holds : isExcused ? .undecided : .fails,
      figure: text(figure) + interval(series),
      excuse: isExcused
        ? "would without its noise (\(text(quiet)))"
        : isTicks ? "would without its noise and the host's ticks (\(text(bare)))" : nil)
  }

  /// nil for a latency where there is none.
  private func value(of series: Series, _ latency: LatencyHistogram) -> UInt64? {
    switch figure {
    case .minimum: latency.minimum.map(LatencyHistogram.clamped)
    case .maximum: latency.maximum.map(LatencyHistogram.clamped)
    case .mean: latency.mean.map { UInt64($0.rounded()) }
    case .percentile(let percentile): latency.value(at: percentile)
    case .verdict(let verdict): UInt64(series.verdicts[verdict])
    case .duplicated: UInt64(series.verdicts.duplicated)
    case .spurious: UInt64(series.verdicts.spurious)
    }
  }

  private func text(_ value: UInt64?) -> String {
    let name = description.prefix { !"<=>".contains($0) }
    guard let value else { return "there is no \(name)" }
    return figure.isLatency ? "\(name) is \(microseconds(Int64(value))) us" : "\(name) is \(value)"
  }

  /// Where the figure of another run is expected, of a percentile of several runs.
  private func interval(_ series: Series) -> String {
    guard case .percentile(let percentile) = figure,
      let estimate = QuantileEstimate(byRun: series, percentile)
    else { return "" }
    let (low, high) = estimate.interval
    return " (\(series.runs.count) runs: \(microseconds(mean: low)) to \(microseconds(mean: high)))"
  }
}
