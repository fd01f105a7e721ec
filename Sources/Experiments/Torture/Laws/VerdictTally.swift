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

  /// What the cut does: of what no host shows for nothing at least half of the runs, of the rest three quarters.
  ///
  /// *Why:* what a busy host does to a guest it does not do again and again at the same place; but it may hide from the
  /// guest, until the guest has stopped listening, what comes too often.
  var verdicts: Set<TortureVerdict> {
    Set(counts.keys.filter { mayShow($0, in: runs) })
  }

  /// How many of so many runs need not show what the cut does.
  private static func misses(_ verdict: TortureVerdict, of total: Int) -> Int {
    total / (verdict.isCertain ? 2 : 4)
  }

  /// Whether the cut may still be one that does it, after so many runs in all.
  func mayShow(_ verdict: TortureVerdict, in total: Int) -> Bool {
    runs - count(of: verdict) <= Self.misses(verdict, of: total)
  }

  /// What the cut is to be taken to do where it is the control: what no host shows for nothing in any of the runs, of
  /// the rest more than a third.
  var ever: Set<TortureVerdict> {
    Set(counts.filter { $0.key.isCertain || $0.value * 3 > runs }.keys)
  }
}
