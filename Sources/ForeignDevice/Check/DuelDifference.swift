/// The shortest sequence found after which a foreign device and our model differ; or one to which the device did not
/// answer the same twice, so that it shows nothing.
public struct DuelDifference: Hashable, Sendable {
  /// One operation, and what each of the two made of it.
  public struct Step: Hashable, Sendable {
    /// What was done.
    public var operation: TimedOperation
    /// What the foreign device answered.
    public var result: DeviceResult
    /// What is right.
    public var right: DeviceResult
  }

  /// What the device is.
  public var kind: DeviceKinds
  /// Its frequency at the reset that comes first.
  public var frequency: UInt64
  /// The operations after that reset; the last makes the difference.
  public var steps: [Step]
  /// What the device answered to the last when it was asked again; nil where it answers the same.
  public var again: DeviceResult?

  /// What was found, in a phrase.
  public var summary: String {
    again == nil
      ? "a difference:" : "the device did not answer the same twice: run `swvmm device check`"
  }

  /// One line per operation, and what differs in the last; the last alone where the others do not decide the answer.
  public var text: String {
    if let again, let last = steps.last {
      return """
        operation \(steps.count) after a reset: \(last.operation.words)
          the device: \(last.result)
          then:       \(again)
          right:      \(last.right)
        """
    }
    var lines = ["reset at \(frequency) Hz at 0 ns"]
    for step in steps {
      var line = step.operation.words
      if case .read = step.operation.operation {
        line += " -> 0x\(String(step.right.value, radix: 16))"
      }
      lines.append(line)
    }
    guard let last = steps.last else { return lines.joined(separator: "\n") }
    lines.append("  the device: \(last.result)")
    lines.append("  right:      \(last.right)")
    return lines.joined(separator: "\n")
  }
}
