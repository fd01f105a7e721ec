import Testing

@testable import Experiments

/// What so many runs of one cut say of it.
@Suite("Tallies of verdicts")
struct VerdictTallyTests {
  private func tally(_ runs: [Set<TortureVerdict>]) -> VerdictTally {
    var tally = VerdictTally()
    for run in runs { tally.note(run) }
    return tally
  }

  @Test("what a busy host may do counts in three quarters of the runs, and what none does in half")
  func verdicts() {
    #expect(tally([[.lost], [.lost], [.lost], []]).verdicts == [.lost])
    #expect(tally([[.lost], [.lost], []]).verdicts.isEmpty)
    #expect(tally([[.doubled], []]).verdicts == [.doubled])
    #expect(tally([[.doubled], [], []]).verdicts.isEmpty)
  }

  @Test("a control does what no host does in any run, and all else in more than a third")
  func controls() {
    #expect(tally([[.doubled], [], [], []]).ever == [.doubled])
    #expect(tally([[.late], [], []]).ever.isEmpty)
    #expect(tally([[.late], [.late], [], []]).ever == [.late])
  }

  @Test("runs end where what is left of them cannot make it a finding")
  func ends() {
    #expect(tally([]).mayShow(.lost, in: 8))
    #expect(tally([[.doubled], []]).mayShow(.lost, in: 8))
    #expect(!tally([[.doubled], [], []]).mayShow(.lost, in: 8))
    let misses = Array(repeating: Set<TortureVerdict>(), count: 4)
    #expect(tally(misses).mayShow(.doubled, in: 8))
    #expect(!tally(misses + [[]]).mayShow(.doubled, in: 8))
    #expect(tally(misses + Array(repeating: [.doubled], count: 4)).verdicts == [.doubled])
  }
}
