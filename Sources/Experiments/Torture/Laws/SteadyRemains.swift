/// What is left of a guest in each run that is not cut, without what differs between such runs.
struct SteadyRemains: Hashable, Sendable {
  /// Which pieces of ``ToyMachine/remains()`` are always the same.
  private let isSteady: [Bool]
  /// Their digest, and what else such runs have in common.
  let ideal: TortureIdeal

  /// Compares runs.
  ///
  /// - Parameters:
  ///   - runs: ``ToyMachine/remains()`` of each; at least one.
  ///   - deliveries: How many interrupts each of them handled.
  init(of runs: [[UInt64]], deliveries: [Int]) {
    isSteady = runs[0].indices.map { index in runs.allSatisfy { $0[index] == runs[0][index] } }
    ideal = TortureIdeal(
      remains: Self.digest(runs[0], isSteady),
      deliveries: (deliveries.min() ?? 0)...(deliveries.max() ?? 0))
  }

  /// What is left of another run, as one number.
  func digest(_ pieces: [UInt64]) -> UInt64 { Self.digest(pieces, isSteady) }

  private static func digest(_ pieces: [UInt64], _ isSteady: [Bool]) -> UInt64 {
    var hasher = Hasher()
    for (piece, isSteady) in zip(pieces, isSteady) where isSteady { hasher.combine(piece) }
    return UInt64(truncatingIfNeeded: hasher.finalize())
  }
}
