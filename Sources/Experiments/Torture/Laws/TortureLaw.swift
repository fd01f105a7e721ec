/// What a subject's manual says of its interrupts, as a law of conservation.
public enum TortureLaw: Hashable, Sendable {
  /// Each deadline is delivered once, or disarmed; not before its time.
  case oneShot
  /// A tick each period from when it was armed.
  case periodic
  /// Each time that the host raises it, it is delivered as often as without a cut: once, unless the backend
  /// is one that repeats levels.
  case raised
  /// The guest's clock runs as the host's does, and may stand still while the guest is away.
  case clock

  /// Which of the law's articles an observation breaks.
  ///
  /// *Why a tolerance of ``tolerance`` of a period:* a host that is busy delays what it delivers, and what is
  /// looked for errs by a period. Guarantee: nothing that follows the law is lost, doubled or early by it
  /// however busy the host is, because marks come after what they mark, but for a handler that could not run for
  /// most of a period.
  ///
  /// - Parameters:
  ///   - observation: What was seen.
  ///   - ideal: What is known of runs that were not cut.
  /// - Returns: The verdicts; empty is right.
  public func verdicts(on observation: Observation, _ ideal: TortureIdeal) -> Set<TortureVerdict> {
    var verdicts: Set<TortureVerdict> =
      switch self {
      case .oneShot: oneShot(observation)
      case .periodic: periodic(observation)
      case .raised: counts(observation.deliveries, of: ideal.deliveries)
      case .clock: clock(observation)
      }
    guard verdicts.isEmpty else { return verdicts }
    switch observation.end {
    case .exited:
      // A tick more or less that the tolerance allows is counted in memory.
      let isComparable = self != .periodic || ideal.deliveries.contains(observation.deliveries)
      if isComparable && ideal.remains != observation.remains { verdicts = [.differs] }
    case .timedOut, .died: verdicts = [.stuck]
    }
    return verdicts
  }

  /// The part of a period, in hundredths, that host and guest may be late for other reasons than a fault.
  public static let tolerance: UInt64 = 60
  /// How far a guest's clock may be off the host's for want of an exact frequency, in nanoseconds.
  static let clockTolerance: Int64 = 1_000_000

  private func counts(_ delivered: Int, of expected: ClosedRange<Int>) -> Set<TortureVerdict> {
    if delivered < expected.lowerBound { return [.lost] }
    return delivered > expected.upperBound ? [.doubled] : []
  }

  private func oneShot(_ observation: Observation) -> Set<TortureVerdict> {
    let armed = observation.events.filter { $0.kind == .armed }
    let handled = observation.events.filter { $0.kind == .handled }
    let disarmed = observation.events.count { $0.kind == .disarmed }
    var verdicts = counts(handled.count, of: (armed.count - disarmed)...(armed.count - disarmed))
    // A guest may be taken away between what it says and what it does.
    let started = observation.events.first { $0.kind == .started }?.time ?? 0
    for (armed, handled) in zip(armed, handled) {
      let period = UInt64(armed.number) * 1000
      if handled.time < armed.time + period { verdicts.insert(.early) }
      let due = max(
        max(armed.time, started) + period + (observation.outside?.frozen ?? 0),
        observation.outside?.resumed ?? 0, observation.released ?? 0)
      if handled.time > due + period * Self.tolerance / 100 { verdicts.insert(.late) }
    }
    return verdicts
  }

  /// At each moment there have been no more ticks than periods, and no fewer than of a timer that stood still as
  /// long as the guest was saved; of those that come in one absence all but one are hidden.
  private func periodic(_ observation: Observation) -> Set<TortureVerdict> {
    guard let armed = observation.events.first(where: { $0.kind == .armed }), armed.number > 0
    else { return [] }
    let period = UInt64(armed.number) * 1000
    let started = observation.events.first { $0.kind == .started }?.time ?? armed.time
    let outside = observation.outside
    func periods(_ time: UInt64) -> UInt64 { (time - min(time, armed.time)) / period }
    var hidden: UInt64 = 0
    if let outside {
      let start = observation.released == nil ? outside.stopped : started
      hidden = max(1, periods(outside.resumed) - periods(start)) - 1
    }
    let slack =
      (started - armed.time) + (outside?.frozen ?? 0) + period * Self.tolerance / 100
      + (hidden + (outside?.isPhaseLost == true ? 1 : 0)) * period
    var verdicts: Set<TortureVerdict> = []
    var moments = observation.events.filter { $0.kind == .handled }.map(\.time)
    for (ticks, time) in moments.enumerated() {
      if UInt64(ticks) + 1 > periods(time) { verdicts.insert(.doubled) }
    }
    moments.append(observation.endTime)
    for (ticks, time) in moments.enumerated() {
      // A tick that is to have come before the guest was taken away may come when it is back.
      let isBack = outside.map { time > $0.resumed + period * Self.tolerance / 100 } ?? true
      if isBack && UInt64(ticks) < periods(time - min(time, slack)) { verdicts.insert(.lost) }
    }
    return verdicts.contains(.doubled) ? [.doubled] : verdicts
  }

  /// Between two readings the guest's clock runs no further than the host's from before the first to after the second,
  /// and at least as far as from after the first to before the second.
  ///
  /// *Why not from one mark to the next:* a guest may be taken away between its reading and its mark, by a host that is
  /// busy, or by one below it of which it cannot know.
  private func clock(_ observation: Observation) -> Set<TortureVerdict> {
    let frozen = Int64(observation.outside?.frozen ?? 0)
    for (index, second) in observation.samples.enumerated() {
      for first in observation.samples[..<index] {
        let guest = second.clock &- first.clock
        let most = Int64(second.time - first.earliest) + Self.clockTolerance
        let least = Int64(second.earliest - first.time) - frozen - Self.clockTolerance
        if guest < max(0, least) || guest > most { return [.jumped] }
      }
    }
    return []
  }
}
