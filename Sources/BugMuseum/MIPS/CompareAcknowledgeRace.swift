internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `mips-compare-ack-race`: an interrupt of the old Compare survived the write of the new one.
///
/// *Where:* KVM for MIPS from upstream commit e30492bbe95a (Linux 3.16) until b45bacd2d048.
///
/// *What happened:* writing Compare cleared TI first, and froze the timer after that. Freezing
/// delivers what is due up to that moment, and that was a match with the old Compare. It was then
/// pending under the new one, which is far away.
///
/// *The shortest losing schedule:* Count reaches Compare, and the guest writes a far Compare before
/// the host timer has been served. TI is set after the write.
public struct CompareAcknowledgeRace: CountCompareRules {
  /// The registers.
  public var state: CountCompareState

  /// Creates a timer that continues from `state`.
  public init(state: CountCompareState) {
    self.state = state
  }

  /// The faulty operation: the acknowledgement comes before the last match that it is for.
  public mutating func guestWriteCompare(at now: Instant, _ compare: UInt32) {
    acknowledgeTimerInterrupt()
    guard compare != state.compare else { return }
    let count = isCounting ? freeze(at: now) : 0
    state.compare = compare
    if isCounting { resume(at: now, count: count) }
  }

  static let exhibit = Exhibit(
    "mips-compare-ack-race", "an interrupt of the old Compare survives the write of the new one",
    origin: "Linux KVM, e30492bbe95a (3.16) until b45bacd2d048",
    timer: Self.self, breaks: .early, by: .toMatch, .compareFar
  )
  .shown(by: "ack-race", "300")
}
