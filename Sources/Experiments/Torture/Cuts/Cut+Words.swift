extension Cut {
  /// The cut in words: `after exit 3; deadline later; get LAPIC; set LAPIC; same VM`.
  ///
  /// - Parameter phase: What the boundary lies in the middle of, if that is known.
  /// - Returns: A line without a full stop.
  public func words(_ phase: CutPhase? = nil) -> String {
    var words = [boundary.words + (phase.map { " (\($0.rawValue))" } ?? "")]
    if let place = place.words(gets, sets) { words.append("deadline \(place)") }
    words.append("get " + Self.words(gets, TorturePart.readingOrder))
    if rest > 0 { words.append("rest \(rest) us") }
    words.append("set " + Self.words(sets, TorturePart.writingOrder))
    words.append(isNewVM ? "new VM" : "same VM")
    if let plant { words.append("plant \(plant.rawValue)") }
    return words.joined(separator: "; ")
  }

  /// Few parts by name; many by what is not among them, and what stands in another order than usual.
  private static func words(_ parts: [TorturePart], _ usual: [TorturePart]) -> String {
    guard !parts.isEmpty else { return "nothing" }
    guard parts.count > 5 else { return parts.map(\.name).joined(separator: ", ") }
    let missing = usual.filter { !parts.contains($0) }.map(\.name)
    var words = missing.isEmpty ? "all" : "all but " + missing.joined(separator: ", ")
    if let moved = firstMoved(parts, usual.filter(parts.contains)) { words += ", \(moved)" }
    return words
  }

  /// The first part that stands before one that usually precedes it; nil: none does.
  private static func firstMoved(_ parts: [TorturePart], _ usual: [TorturePart]) -> String? {
    guard let index = parts.indices.first(where: { parts[$0] != usual[$0] }) else { return nil }
    return "\(parts[index].name) before \(usual[index].name)"
  }
}

extension CutBoundary {
  fileprivate var words: String {
    switch self {
    case .exit(let number): "after exit \(number)"
    case .step(let number): "after step \(number)"
    case .halt(let number): number == 1 ? "halted" : "halted, time \(number)"
    }
  }
}

extension DeadlinePlace {
  fileprivate func words(_ gets: [TorturePart], _ sets: [TorturePart]) -> String? {
    switch self {
    case .natural: nil
    case .earlier: "passed at the mark `started`"
    case .beforeSave: "passes before the save"
    case .afterGet(let count): "passes after get \(gets[count - 1].name)"
    case .outside: "passes between save and restore"
    case .afterSet(let count): "passes after set \(sets[count - 1].name)"
    case .later: "passes in the guest"
    case .nearly: "passes in the guest, soon after the save"
    }
  }
}
