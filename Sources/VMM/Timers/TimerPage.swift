internal import TimerModels

/// A timer as a guest sees it: registers in memory, and lines.
protocol TimerPage: TimerModel, Checkpointed {
  /// The levels, bit n for the line that its sink knows as n; other bits are 0.
  var lineLevels: UInt32 { get }

  /// The lines that are high, or will be if nothing writes a register.
  func possibleLevels(at now: Instant) -> UInt32

  /// A load.
  ///
  /// - Parameters:
  ///   - now: The instant of the access.
  ///   - offset: Bytes from the page's start.
  ///   - size: 1 to 8 bytes.
  /// - Returns: The register's value, or all ones.
  mutating func read(at now: Instant, offset: Int, size: Int) -> UInt64

  /// A store; `value` is zero-extended.
  mutating func write(at now: Instant, _ value: UInt64, offset: Int, size: Int)

  /// What it holds, in a line for a person; nothing changes by it.
  func text(at now: Instant) -> String
}
