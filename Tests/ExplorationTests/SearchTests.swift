import Synchronization
import Testing

@testable import Exploration

/// Two counters from 0 up to a limit each, of which one action takes one step; and a way back.
private struct Grid: World {
  enum Action: String, CaseIterable, CustomStringConvertible {
    case right, up, home
    var description: String { rawValue }
  }
  enum Property: String { case corner, forbidden, late }

  static let alphabet = Action.allCases

  var limit = 9
  var x = 0
  var y = 0
  /// What is wrong: the far corner, a step from one place, or owing for too long at another.
  var corner = false
  var forbidden: Int?
  var owesFrom: Int?
  var paidAfter = 0
  /// Makes all fingerprints equal.
  var collides = false

  mutating func perform(_ action: Action) -> Step {
    switch action {
    case .right where x < limit: x += 1
    case .up where y < limit: y += 1
    case .home where x + y > 0: (x, y) = (0, 0)
    default: return .impossible
    }
    return x == forbidden && action == .up ? .violated(.forbidden) : .done
  }

  var violation: Property? { corner && x == limit && y == limit ? .corner : nil }
  var debt: Property? { owesFrom.map { x >= $0 } == true ? .late : nil }
  static var patience: Int { 3 }

  mutating func rest() {
    paidAfter -= 1
    if paidAfter <= 0 { owesFrom = nil }
  }

  var fingerprint: UInt64 { collides ? 0 : Fingerprint.mix(UInt64(x * 1_000_003 + y)) }
  static func actor(of action: Action) -> Actor { .guest }
  var readout: Readout { Readout(timer: "\(x),\(y)") }
}

extension SearchOutcome {
  /// All of it, as text.
  fileprivate var text: String { "\(self)" }
}

@Suite("Search")
struct SearchTests {
  @Test("An exhausted search has seen every state, and each action that is possible in it")
  func exhausted() throws {
    let outcome = try Search(from: Grid()).run()
    #expect(outcome.end == .exhausted)
    #expect(outcome.counterexample == nil)
    #expect(outcome.states == 100)
    // 9 of 10 columns step right, 9 of 10 rows up, and all but the start go home.
    #expect(outcome.transitions == 90 + 90 + 99)
    // The corner is 18 steps away, and nothing new is found from it.
    #expect(outcome.depth == 18)
  }

  @Test("States whose fingerprints are all equal are kept apart")
  func collisions() throws {
    #expect(try Search(from: Grid(collides: true)).run().states == 100)
  }

  @Test("A property of a state is broken by a shortest schedule, the first in the alphabet's order")
  func shortestToState() throws {
    let outcome = try Search(from: Grid(limit: 3, corner: true)).run()
    #expect(outcome.end == .violation)
    #expect(outcome.counterexample?.property == .corner)
    #expect(
      outcome.counterexample?.schedule == [.right, .right, .right, .up, .up, .up])
  }

  @Test("A property that an action breaks is found on the action")
  func shortestToAction() throws {
    let outcome = try Search(from: Grid(forbidden: 2)).run()
    #expect(outcome.counterexample?.property == .forbidden)
    #expect(outcome.counterexample?.schedule == [.right, .right, .up])
    #expect(outcome.depth == 3)
  }

  @Test("A start that breaks a property needs no schedule")
  func wrongStart() throws {
    let outcome = try Search(from: Grid(x: 9, y: 9, corner: true)).run()
    #expect(outcome.counterexample?.schedule == [])
  }

  @Test("What is owed may take as long as the world's patience, and no longer", arguments: 0...5)
  func debts(steps: Int) throws {
    let outcome = try Search(from: Grid(owesFrom: 1, paidAfter: steps)).run()
    #expect(outcome.counterexample?.property == (steps <= 3 ? nil : .late))
    #expect(outcome.counterexample?.schedule == (steps <= 3 ? nil : [.right]))
  }

  @Test("Each bound ends a search, which says so")
  func bounds() throws {
    func end(_ bounds: SearchBounds) throws -> SearchOutcome<Grid> {
      try Search(from: Grid(limit: 999), bounds: bounds).run()
    }
    let deep = try end(SearchBounds(depth: 5))
    #expect(deep.end == .depth)
    #expect(deep.depth == 5)
    #expect(deep.states == 1 + 2 + 3 + 4 + 5 + 6)
    let many = try end(SearchBounds(states: 70))
    #expect(many.end == .states)
    #expect(many.states == 70)
    #expect(try end(SearchBounds(seconds: 0)).end == .seconds)
    #expect(try end(SearchBounds(depth: 0)).states == 1)
    // A bound that is exactly enough for all is not met.
    #expect(try Search(from: Grid(), bounds: SearchBounds(depth: 19)).run().end == .exhausted)
    #expect(try Search(from: Grid(), bounds: SearchBounds(depth: 18)).run().end == .depth)
  }

  @Test("An interruption ends a search with what it has seen so far")
  func interruption() throws {
    final class Looks: Sendable { let count = Atomic<Int>(0) }
    let looks = Looks()
    var search = Search(from: Grid(limit: 999), threads: 2)
    search.isInterrupted = { looks.count.add(1, ordering: .relaxed).newValue > 20 }
    let outcome = try search.run()
    #expect(outcome.end == .interrupted)
    #expect(outcome.states > 1 && outcome.counterexample == nil)
  }

  @Test("The result is the same, to the byte, for any number of threads")
  func threads() throws {
    let worlds = [
      Grid(limit: 70), Grid(limit: 120, corner: true), Grid(limit: 100, forbidden: 90),
      Grid(limit: 100, owesFrom: 95, paidAfter: 9), Grid(limit: 90, collides: false),
    ]
    for world in worlds {
      for bounds in [SearchBounds(), SearchBounds(states: 3000), SearchBounds(depth: 77)] {
        let one = try Search(from: world, bounds: bounds, threads: 1).run().text
        for threads in [2, 3, 7] {
          #expect(try Search(from: world, bounds: bounds, threads: threads).run().text == one)
        }
      }
    }
  }
}
