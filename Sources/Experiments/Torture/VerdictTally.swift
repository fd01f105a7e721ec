/// What several runs of one cut did.
struct VerdictTally: Sendable {
  /// How many runs there were.
  private(set) var runs = 0
  private var counts: [TortureVerdict: Int] = [:]

  mutating func note(_ verdicts: Set<TortureVerdict>) {
    runs += 1
    for verdict in verdicts { counts[verdict, default: 0] += 1 }
  }

  func count(of verdict: TortureVerdict) -> Int { counts[verdict] ?? 0 }

  /// What the cut does: of what no host shows for nothing at least half of the runs, of the rest each of them.
  ///
  /// *Why:* what a busy host does to a guest it does not do again and again at the same place; but it may hide from the
  /// guest, until the guest has stopped listening, what comes too often.
  var verdicts: Set<TortureVerdict> {
    Set(counts.filter { $0.key.isCertain ? $0.value * 2 >= runs : $0.value == runs }.keys)
  }

  /// What the cut is to be taken to do where it is the control: what no host shows for nothing in any of the runs, of
  /// the rest more than a third.
  var ever: Set<TortureVerdict> {
    Set(counts.filter { $0.key.isCertain || $0.value * 3 > runs }.keys)
  }
}
