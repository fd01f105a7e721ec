/// Which cuts a search makes of a subject, in which order: pure, from what an uncut run showed.
struct TorturePlan: Hashable, Sendable {
  let law: TortureLaw
  /// The boundaries of a run that takes its course.
  let natural: [PhasedBoundary]
  /// Those of a run whose deadline passes as soon as it is armed.
  let earlier: [PhasedBoundary]
  /// The period, in microseconds.
  let period: Int
  /// Whether saving waits for an armed deadline, so that it can pass nowhere else.
  var waitsForDeadline = false
  /// What is damaged, if anything: in the same VM no more is carried than that.
  var plant: TorturePlant?

  // MARK: Boundaries

  /// Every boundary, with every place of the deadline that it has room for, in the usual order; in the same VM
  /// and in a new one.
  var boundaryCuts: [Cut] {
    let here = natural.flatMap { found in
      places(found.phase).map { Cut(found.boundary, $0) }
    }
    let passed = earlier.map { Cut($0.boundary, .earlier) }
    return (here + passed).flatMap { cut in
      var (stayed, moved) = (cut, cut)
      moved.isNewVM = true
      if let plant {
        stayed.gets = plant.parts
        stayed.sets.removeAll { !plant.parts.contains($0) }
      }
      return [stayed, moved]
    }
  }

  /// Places of the deadline between two requests, and rests, at one boundary of each phase.
  var placeCuts: [Cut] {
    var cuts: [Cut] = []
    for (boundary, place) in representatives {
      for rest in [period / 2, period * 3 / 2] { cuts.append(Cut(boundary, place, rest: rest)) }
    }
    guard law == .oneShot || law == .periodic, !waitsForDeadline,
      let armed = natural.first(where: { $0.phase == .armed && !$0.boundary.isHalt })
    else { return cuts }
    for count in 1..<TorturePart.allCases.count {
      cuts.append(Cut(armed.boundary, .afterGet(count)))
      cuts.append(Cut(armed.boundary, .afterSet(count)))
      cuts.append(Cut(armed.boundary, .afterSet(count), isNewVM: true))
    }
    return cuts
  }

  private func places(_ phase: CutPhase) -> [DeadlinePlace] {
    switch (law, phase) {
    case (.raised, .requested): [.natural, .beforeSave, .later]
    case (.oneShot, .armed), (.oneShot, .halted), (.periodic, .armed), (.periodic, .halted):
      waitsForDeadline ? [.beforeSave] : [.later, .nearly, .beforeSave, .outside]
    default: [.natural]
    }
  }

  /// What a cut lies in the middle of; nil for one of another plan.
  func phase(of cut: Cut) -> CutPhase? {
    (cut.place == .earlier ? earlier : natural).first { $0.boundary == cut.boundary }?.phase
  }

  // MARK: Orders

  /// One boundary of each phase, with a place: what orders are tried at.
  var representatives: [(CutBoundary, DeadlinePlace)] {
    var chosen: [(CutBoundary, DeadlinePlace)] = []
    for phase in CutPhase.allCases where phase != .idle {
      if let found = natural.first(where: { $0.phase == phase }) {
        for place in places(phase) where place != .nearly { chosen.append((found.boundary, place)) }
      } else if let found = earlier.first(where: { $0.phase == phase }) {
        chosen.append((found.boundary, .earlier))
      }
    }
    return chosen
  }

  /// The cut with one of the usual orders at a representative boundary.
  ///
  /// - Parameter isOfGets: Whether the order of reading is to be changed; that of writing is tried in a new VM,
  ///   which has nothing yet of what one part needs of another.
  /// - Returns: A cut each.
  func usualCuts(isOfGets: Bool) -> [Cut] {
    representatives.map { boundary, place in Cut(boundary, place, isNewVM: !isOfGets) }
  }

  /// Orders of writing that differ from the usual one in much, and keep to what was found to matter.
  ///
  /// - Parameter pairs: The pairs that must stand as they usually do.
  /// - Returns: Some of all such orders: each rotation of the reversed one, as near as the pairs allow.
  static func sample(keeping pairs: [PartPair]) -> [[TorturePart]] {
    let reversed = Array(TorturePart.writingOrder.reversed())
    return reversed.indices.map { start in
      sorted(Array(reversed[start...] + reversed[..<start]), keeping: pairs)
    }
  }

  /// An order with each part as early as it was, but behind what must come before it.
  static func sorted(_ order: [TorturePart], keeping pairs: [PartPair]) -> [TorturePart] {
    var rest = order
    var result: [TorturePart] = []
    while !rest.isEmpty {
      // Pairs are of one linear order, so there always is one.
      let index =
        rest.firstIndex { part in
          !pairs.contains { $0.second == part && rest.contains($0.first) }
        } ?? 0
      result.append(rest.remove(at: index))
    }
    return result
  }
}

/// Two parts, in the order in which they usually come.
public struct PartPair: Hashable, Sendable {
  /// The one that comes first.
  public let first: TorturePart
  /// The one that comes later.
  public let second: TorturePart

  /// All pairs of some parts, in an order that has them.
  static func all(of parts: [TorturePart], in order: [TorturePart]) -> [PartPair] {
    let parts = order.filter(parts.contains)
    return parts.indices.flatMap { index in
      parts[(index + 1)...].map { PartPair(first: parts[index], second: $0) }
    }
  }

  /// The order with the second directly before the first, and with the first directly behind the second.
  ///
  /// Each moves one part across others, too; what both do is the pair's own.
  func exchanges(in order: [TorturePart]) -> [[TorturePart]] {
    var (early, late) = (order.filter { $0 != second }, order.filter { $0 != first })
    early.insert(second, at: early.firstIndex(of: first) ?? 0)
    late.insert(first, at: (late.firstIndex(of: second) ?? late.endIndex - 1) + 1)
    return early == late ? [early] : [early, late]
  }
}
