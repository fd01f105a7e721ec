/// One way of taking a guest's state away and putting it back.
public struct Cut: Hashable, Sendable {
  /// Where the guest is stopped.
  public var boundary: CutBoundary
  /// Where the deadline passes.
  public var place: DeadlinePlace
  /// The parts that are read, in that order.
  public var gets: [TorturePart]
  /// How long the vCPU rests between save and restore, in microseconds.
  public var rest: Int
  /// The parts that are written, in that order; all of them are read.
  public var sets: [TorturePart]
  /// Whether the state goes into a new VM.
  public var isNewVM: Bool
  /// What is damaged on the way.
  public var plant: TorturePlant?

  /// A cut at a boundary, with everything else as a careful program does it.
  public init(
    _ boundary: CutBoundary, _ place: DeadlinePlace = .natural,
    gets: [TorturePart] = TorturePart.readingOrder, rest: Int = 0,
    sets: [TorturePart] = TorturePart.writingOrder, isNewVM: Bool = false,
    plant: TorturePlant? = nil
  ) {
    self.boundary = boundary
    self.place = place
    self.gets = gets
    self.rest = rest
    self.sets = sets
    self.isNewVM = isNewVM
    self.plant = plant
  }

  /// The longest rest, in microseconds.
  public static let restMax = 1_000_000

  /// The parts of a machine that are not carried.
  public var leftOut: [TorturePart] { TorturePart.allCases.filter { !sets.contains($0) } }

  /// Whether the place is one that the cut has, and every part written is read.
  public var isWellFormed: Bool { mistake == nil }

  /// What is wrong with it; nil: nothing.
  var mistake: CutMistake? {
    switch place {
    case .afterGet(let count) where count >= gets.count: return .placeBehindLast(place)
    case .afterSet(let count) where count >= sets.count: return .placeBehindLast(place)
    default: break
    }
    guard (0...Self.restMax).contains(rest) else { return .rest("rest\(rest)") }
    if let part = sets.first(where: { !gets.contains($0) }) { return .notRead(part) }
    if let part = gets.repeated { return .twice(part.rawValue, list: TorturePart.letters(gets)) }
    if let part = sets.repeated { return .twice(part.rawValue, list: TorturePart.letters(sets)) }
    // A new VM without registers would run whatever is at its reset vector.
    guard !isNewVM || Set(sets).isSuperset(of: [.specialRegisters, .registers]) else {
      return .newVMWithoutRegisters
    }
    return nil
  }

  /// The order of cuts, the shortest first: fewer requests, then the same VM, an earlier boundary, exits before
  /// steps, less rest, usual orders before others.
  public func isShorter(than other: Cut) -> Bool { weight.lexicographicallyPrecedes(other.weight) }

  private var weight: [Int] {
    let boundaryKind =
      switch boundary {
      case .exit: 0
      case .halt: 1
      case .step: 2
      }
    return [
      plant == nil ? 0 : 1, gets.count + sets.count, isNewVM ? 1 : 0, boundaryKind, boundary.number,
      rest, gets.inversions(from: TorturePart.readingOrder),
      sets.inversions(from: TorturePart.writingOrder), place.weight,
    ]
  }
}

extension [TorturePart] {
  /// A part that is there twice; nil: none is.
  fileprivate var repeated: TorturePart? {
    indices.first { self[..<$0].contains(self[$0]) }.map { self[$0] }
  }

  /// How many pairs stand the other way round than in an order that holds all of them.
  func inversions(from order: [TorturePart]) -> Int {
    let ranks = compactMap(order.firstIndex(of:))
    var count = 0
    for (index, rank) in ranks.enumerated() { count += ranks[index...].count { $0 < rank } }
    return count
  }
}

extension DeadlinePlace {
  fileprivate var weight: Int {
    switch self {
    case .natural: 0
    case .earlier: 1
    case .beforeSave: 2
    case .outside: 3
    case .later: 4
    case .nearly: 5
    case .afterGet(let count): 10 + count
    case .afterSet(let count): 100 + count
    }
  }
}
