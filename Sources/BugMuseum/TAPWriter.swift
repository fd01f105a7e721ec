internal import TerminalText

/// Results in the Test Anything Protocol, version 13, as they come: ``head``, a point for each, ``plan``.
///
/// *Why the plan comes last:* a run that is cut off has none, and its reader knows that something is missing.
public struct TAPWriter: Sendable {
  /// What comes first.
  public static let head = "TAP version 13\n"

  private var count = 0

  /// A document without points.
  public init() {}

  /// The lines of the next point.
  ///
  /// - Parameters:
  ///   - isPassed: Whether it passed; one that was not run did.
  ///   - text: What it is.
  ///   - skipReason: Why it was not run, if it was not; empty says no reason.
  ///   - shortfall: Why it did not pass.
  ///   - duration: How long it took, in nanoseconds; nil where that is not known of it alone.
  /// - Returns: The point, and what is known of it as a block of YAML.
  public mutating func point(
    _ isPassed: Bool, _ text: String, skipReason: String? = nil, shortfall: String? = nil,
    duration: UInt64? = nil
  ) -> String {
    count += 1
    var lines = "\(isPassed ? "ok" : "not ok") \(count) - \(escaped(text))"
    if let skipReason { lines += " # SKIP" + (skipReason.isEmpty ? "" : " " + escaped(skipReason)) }
    lines += "\n"
    guard shortfall != nil || duration != nil else { return lines }
    lines += "  ---\n"
    if let shortfall { lines += "  message: \(quoted(shortfall))\n" }
    if let duration {
      lines += "  duration_ms: \(duration.thousandths(of: 1_000_000))\n"
    }
    return lines + "  ...\n"
  }

  /// What comes last.
  public var plan: String { "1..\(count)\n" }

  /// A text on one line, in which what begins a directive or an escape is escaped.
  ///
  /// *Why an escape of version 14 under a head of 13:* Perl's harness refuses the later head, and reads the
  /// escape under the earlier one.
  private func escaped(_ text: String) -> String {
    text.visible.map { $0 == "#" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
  }

  /// A text as one of YAML's, in double quotes.
  private func quoted(_ text: String) -> String {
    "\"" + text.visible.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
  }
}

extension UInt64 {
  /// The number in units of so many, with three decimals, rounded down.
  func thousandths(of unit: UInt64) -> String {
    let decimals = String(self % unit / (unit / 1000))
    return "\(self / unit)." + String(repeating: "0", count: 3 - decimals.utf8.count) + decimals
  }
}
