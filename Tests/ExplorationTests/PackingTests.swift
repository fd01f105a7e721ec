import Testing

@testable import Exploration

/// Three counters of very different sizes, packed or whole.
private struct Odometer: World {
  enum Action: String, CaseIterable, CustomStringConvertible {
    case low, middle, high, toggle, forget
    var description: String { rawValue }
  }
  enum Property: String { case far }

  static let alphabet = Action.allCases
  static var isPacked: Bool { true }

  var low: UInt8 = 0
  var middle: UInt64 = 1 << 40
  var high: UInt64?
  var isOn = false
  /// From here on a state is a violation.
  var limit = UInt8.max

  mutating func perform(_ action: Action) -> Step {
    switch action {
    case .low where low < 20: low += 1
    case .middle where middle < 1 << 40 + 9: middle += 1
    case .high where (high ?? 0) < 1 << 63: high = (high ?? 1 << 58) << 1
    case .toggle: isOn.toggle()
    case .forget where high != nil: high = nil
    default: return .impossible
    }
    return .done
  }

  mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&low, expecting: 3, bits: 2)
    coder.code(&middle, expecting: 1 << 40, bits: 4)
    coder.code(&high, from: 0) { high, coder in coder.code(&high, bits: 60) }
    coder.code(&isOn)
  }

  var violation: Property? { low >= limit && isOn ? .far : nil }
  static func actor(of action: Action) -> Actor { .guest }
  var readout: Readout { Readout(timer: "") }
}

/// The same states, kept whole.
private struct Whole<Base: World>: World {
  typealias Action = Base.Action
  typealias Property = Base.Property
  static var alphabet: [Action] { Base.alphabet }
  var base: Base
  mutating func perform(_ action: Action) -> Step { base.perform(action) }
  var violation: Property? { base.violation }
  static func actor(of action: Action) -> Actor { Base.actor(of: action) }
  var readout: Readout { base.readout }
}

@Suite("Packed states")
struct PackingTests {
  @Test("Numbers of every size come back as they were", arguments: [1, 7, 40, 63])
  func numbers(bits: Int) {
    var values: [UInt64] = [0, 1, .max, .max - 1, 1 << 63]
    for shift in 0..<64 { values += [1 << shift, 1 << shift - 1, 0x5555_5555_5555_5555 >> shift] }
    var packer = StatePacker()
    packer.begin()
    for var value in values {
      packer.code(&value, bits: bits)
      var flag = value & 1 == 1
      packer.code(&flag)
      packer.code(&value, expecting: 1 << 20, bits: bits)
    }
    packer.finish()
    var unpacker = StateUnpacker()
    unpacker.words = packer.words
    unpacker.begin()
    for value in values {
      var (first, second, flag) = (UInt64(3), UInt64(3), false)
      unpacker.code(&first, bits: bits)
      unpacker.code(&flag)
      unpacker.code(&second, expecting: 1 << 20, bits: bits)
      #expect(first == value && second == value && flag == (value & 1 == 1))
    }
  }

  @Test(
    "Packed or whole, a search comes to the same, with any number of threads", arguments: [1, 2, 8])
  func search(threads: Int) throws {
    for limit in [UInt8.max, 20] {
      let start = Odometer(limit: limit)
      let packed = try Search(from: start, threads: threads).run()
      let whole = try Search(from: Whole(base: start), threads: 1).run()
      #expect(packed.states == whole.states && packed.transitions == whole.transitions)
      #expect(packed.depth == whole.depth && packed.end == whole.end)
      #expect(packed.counterexample?.schedule == whole.counterexample?.schedule)
      #expect(packed.bytesPerState < whole.bytesPerState)
    }
  }

  @Test("A search reports its progress, which only grows")
  func progress() throws {
    let seen = Cell<[SearchProgress]>([])
    var search = Search(from: Odometer(), bounds: SearchBounds(states: 3000))
    search.progress = { seen.put(seen.take() + [$0]) }
    let outcome = try search.run()
    let reports = seen.take()
    #expect(reports.count > 5)
    #expect(zip(reports, reports.dropFirst()).allSatisfy { $0.states <= $1.states })
    #expect(reports.allSatisfy { (0...1).contains($0.share) && $0.states <= outcome.states })
  }
}
