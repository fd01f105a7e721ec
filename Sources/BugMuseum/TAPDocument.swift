internal import TerminalText

/// Results in the Test Anything Protocol, version 13.
public struct TAPDocument {
  private var lines = ""
  private var count = 0

  /// A document without tests.
  public init() {}

  /// Adds a test.
  ///
  /// - Parameters:
  ///   - isPassed: Whether it passed; one that was not run did.
  ///   - text: What it is.
  ///   - skipReason: Why it was not run, if it was not; empty says no reason.
  ///   - comment: More about it, for a line of its own.
  public mutating func add(
    _ isPassed: Bool, _ text: String, skipReason: String? = nil, comment: String? = nil
  ) {
    count += 1
    lines += "\(isPassed ? "ok" : "not ok") \(count) - \(escaped(text))"
    if let skipReason { lines += " # SKIP" + (skipReason.isEmpty ? "" : " " + escaped(skipReason)) }
    lines += "\n"
    if let comment { lines += "# \(comment.visible)\n" }
  }

  /// The whole document.
  public var text: String { "TAP version 13\n" + lines + "1..\(count)\n" }

  /// A text on one line, in which what begins a directive or an escape is escaped.
  ///
  /// *Why an escape of version 14 under a head of 13:* Perl's harness refuses the later head, and reads the
  /// escape under the earlier one.
  private func escaped(_ text: String) -> String {
    text.visible.map { $0 == "#" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
  }
}
