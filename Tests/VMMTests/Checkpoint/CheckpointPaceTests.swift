import Testing

@testable import VMM

@Suite("The pace of checkpoints")
struct CheckpointPaceTests {
  @Test("the first may be written at once, the next a span after its end")
  func span() {
    var pace = CheckpointPace()
    #expect(pace.allows(at: 0))
    pace.ended(at: 5)
    #expect(!pace.allows(at: 5))
    #expect(!pace.allows(at: 4 + CheckpointPace.span))
    #expect(pace.allows(at: 5 + CheckpointPace.span))
    #expect(pace.next == 5 + CheckpointPace.span)
  }

  @Test("a pause that takes a second is remarked on once, and the next one again")
  func overdue() {
    var pace = CheckpointPace()
    var remarks: [UInt64] = []
    func look(_ now: UInt64, isPauseWanted: Bool) {
      if pace.isOverdue(at: now, isPauseWanted: isPauseWanted) { remarks.append(now) }
    }
    look(7, isPauseWanted: false)
    #expect(pace.nextLook == .max)
    look(10, isPauseWanted: true)
    #expect(pace.nextLook == 10 + CheckpointPace.patience)
    look(9 + CheckpointPace.patience, isPauseWanted: true)
    look(10 + CheckpointPace.patience, isPauseWanted: true)
    #expect(pace.nextLook == .max)
    look(11 + CheckpointPace.patience, isPauseWanted: true)
    look(12 + CheckpointPace.patience, isPauseWanted: false)
    look(20 + CheckpointPace.patience, isPauseWanted: true)
    look(20 + 2 * CheckpointPace.patience, isPauseWanted: true)
    #expect(remarks == [10 + CheckpointPace.patience, 20 + 2 * CheckpointPace.patience])
  }
}
