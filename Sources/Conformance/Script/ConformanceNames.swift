/// The variables of a scenario, in the order in which they are met.
struct ConformanceNames {
  /// The names; a variable's place here stands for it.
  private(set) var all: [String] = []
  /// The operation being parsed.
  var operation = 0
  private var places: [String: Int] = [:]
  private var firstUses: [Int: Int] = [:]
  private var assigned: Set<Int> = []
  private var reported: Set<Int> = []

  /// The place of a variable that an expression uses.
  mutating func use(_ name: String) -> Int {
    let place = place(of: name)
    if firstUses[place] == nil { firstUses[place] = operation }
    return place
  }

  /// The place of a variable that an operation assigns.
  ///
  /// Names with a leading underscore are not reported, whatever assigns them.
  mutating func assign(_ name: String, isReported: Bool) -> Int {
    let place = place(of: name)
    assigned.insert(place)
    if isReported && !name.hasPrefix("_") { reported.insert(place) }
    return place
  }

  /// The place of `name` if some operation reports it.
  func reportedPlace(of name: String) -> Int? {
    places[name].flatMap { reported.contains($0) ? $0 : nil }
  }

  /// A variable that is used but never assigned, and the first operation that does so.
  var unknown: (name: String, operation: Int)? {
    let unknown = firstUses.filter { !assigned.contains($0.key) }
    return unknown.min { ($0.value, $0.key) < ($1.value, $1.key) }.map { (all[$0.key], $0.value) }
  }

  private mutating func place(of name: String) -> Int {
    if let place = places[name] { return place }
    places[name] = all.count
    all.append(name)
    return all.count - 1
  }
}
