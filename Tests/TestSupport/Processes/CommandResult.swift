/// A command run by the shell, with what it left behind.
public struct CommandResult: Sendable {
  /// The exit status, or 128 and the number of the signal that ended it.
  public let status: Int32
  /// What it wrote to standard output.
  public let output: String
  /// What it wrote to standard error.
  public let errors: String

  /// The same without what `measure` says first of a host that has other work, as that of tests may have.
  public var onQuietHost: CommandResult {
    let lines = errors.split(separator: "\n", omittingEmptySubsequences: false)
    return CommandResult(
      status: status, output: output,
      errors: lines.filter { !$0.hasPrefix("swvmm: this host is busy: ") }.joined(separator: "\n"))
  }

  /// Whether standard error is a single line of this program's.
  public var hasOneLineOfComplaint: Bool {
    errors.hasPrefix("swvmm: ") && errors.hasSuffix("\n")
      && errors.filter { $0 == "\n" }.count == 1
  }

  /// Whether it is a refusal of a file, in one line with this text.
  public func isRefusal(saying text: String) -> Bool {
    status == 65 && hasOneLineOfComplaint && errors.contains(text)
  }
}
