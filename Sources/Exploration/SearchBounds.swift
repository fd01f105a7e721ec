/// How far a search may go.
public struct SearchBounds: Hashable, Sendable {
  /// The most actions in a row.
  public var depth: Int
  /// The most distinct states that are stored; nil for as many as 2 GiB hold, what leads to them not counted.
  public var states: Int?
  /// The most seconds.
  public var seconds: UInt64

  /// Creates bounds.
  public init(depth: Int = .max, states: Int? = nil, seconds: UInt64 = 600) {
    self.depth = depth
    self.states = states
    self.seconds = seconds
  }

  /// The most states of this size, whose numbers have 32 bits.
  @usableFromInline
  func stateLimit(stride: Int) -> Int {
    min(states ?? max(1, (2 << 30) / stride), Int(UInt32.max) - 1)
  }
}
