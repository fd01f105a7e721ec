/// How far a search may go.
public struct SearchBounds: Hashable, Sendable {
  /// The most actions in a row.
  public var depth: Int
  /// The most distinct states that are stored; nil for as many as 2 GiB hold.
  public var states: Int?
  /// The most seconds.
  public var seconds: UInt64

  /// Creates bounds.
  public init(depth: Int = .max, states: Int? = nil, seconds: UInt64 = 600) {
    self.depth = depth
    self.states = states
    self.seconds = seconds
  }

  /// The bytes that states may take where their number has no bound.
  @inlinable static var memory: Int { 2 << 30 }
}
