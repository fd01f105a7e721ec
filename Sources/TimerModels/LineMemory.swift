/// What a device last told its interrupt controller of the levels on its lines.
///
/// The controller is called only when a level changed, so a device remembers what it said. The
/// memory is of what was *pushed*, never of what the device thinks: a level that nothing heard must be
/// said again (upstream commit 4b4b4512da2a).
///
/// The behaviour is that of ``LineMemoryRules``, unchanged. Historic variants adopt the same rules and
/// replace one.
public struct LineMemory: LineMemoryRules {
  /// The levels as last pushed, bit n for line n.
  public var pushed: UInt32 = 0

  /// Nothing was pushed: the controller takes every line for low.
  public init() {}
}

/// How a device decides which of its lines the controller has to hear of.
public protocol LineMemoryRules: Hashable, Sendable {
  /// The levels as last pushed, bit n for line n.
  var pushed: UInt32 { get set }

  /// Nothing was pushed: the controller takes every line for low.
  init()

  /// Which lines to push, and notes that they were.
  ///
  /// - Parameters:
  ///   - levels: The levels now, bit n for line n.
  ///   - isListening: Whether the controller takes levels; one that is not initialised does not.
  /// - Returns: A bit for each line that differs from what was pushed; the caller pushes them.
  mutating func changes(to levels: UInt32, isListening: Bool) -> UInt32
}

extension LineMemoryRules {
  /// Which lines to push: those that changed, and none while nothing listens.
  ///
  /// *Why nothing is noted then:* the device calls again once the controller listens, and finds the
  /// difference still there.
  public mutating func changes(to levels: UInt32, isListening: Bool) -> UInt32 {
    guard isListening else { return 0 }
    let changed = levels ^ pushed
    pushed = levels
    return changed
  }
}
