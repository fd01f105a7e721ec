internal import CForeignDevice
public import TimerModels

/// What an operation on a foreign device came to.
public struct DeviceResult: Hashable, Sendable, CustomStringConvertible {
  /// Whether it was carried out.
  public enum Status: UInt32, Hashable, Sendable {
    /// It was.
    case done = 0
    /// The host wrote a value that is not allowed; nothing was changed.
    case refused = 1
    /// The device has no such function.
    case unsupported = 2
  }

  /// The value read; 0 for what reads nothing.
  public var value: UInt64
  /// When the device wants to be woken, if at all.
  public var alarm: Instant?
  /// The levels of its output lines: see the header's `SWVMM_LINE_`.
  public var lines: UInt32
  /// Whether it was carried out.
  public var status: Status

  /// In words: `value 0x10, lines 0x1, alarm at 1000 ns`.
  public var description: String {
    switch status {
    case .refused: return "refused"
    case .unsupported: return "no such function"
    case .done:
      let alarm = alarm.map { "alarm at \($0.nanoseconds) ns" } ?? "no alarm"
      return "value 0x\(String(value, radix: 16)), lines 0x\(String(lines, radix: 16)), \(alarm)"
    }
  }

  /// Creates a result.
  public init(value: UInt64 = 0, alarm: Instant? = nil, lines: UInt32 = 0, status: Status) {
    self.value = value
    self.alarm = alarm
    self.lines = lines
    self.status = status
  }
}
