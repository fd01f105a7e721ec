import Testing

@testable import Exploration

/// A dial of which a long way leads to the end, and many actions are of no use.
private struct Dial: World {
  enum Action: String, CaseIterable, CustomStringConvertible {
    case forward, back, idle, never
    var description: String { rawValue }
  }
  enum Property: String { case end }
  static let alphabet = Action.allCases
  var place = 0
  var end: Int? = 6

  mutating func perform(_ action: Action) -> Step {
    switch action {
    case .forward: place += 1
    case .back where place > 0: place -= 1
    case .idle: break
    default: return .impossible
    }
    return .done
  }

  var violation: Property? { end.map { place >= $0 } == true ? .end : nil }
  static func actor(of action: Action) -> Actor { .guest }
  var readout: Readout { Readout(timer: "\(place)") }
}

@Suite("Walk")
struct WalkTests {
  @Test("A walk that breaks a property is shrunk to what is needed", arguments: 1...5)
  func shrinks(seed: UInt64) {
    let report = Walk(from: Dial(), seed: seed).run(seconds: 60, walks: 100)
    #expect(report.property == "end")
    #expect(report.schedule == Array(repeating: "forward", count: 6))
    #expect(report.length >= 6)
  }

  @Test("Equal seeds take equal walks, and shards take them all between them")
  func shards() throws {
    let whole = Walk(from: Dial(end: nil), seed: 3).run(seconds: 60, walks: 12)
    #expect(whole.property == nil && whole.walks == 12)
    #expect(whole == Walk(from: Dial(end: nil), seed: 3).run(seconds: 60, walks: 12))
    // Which of the walks comes that far first; and it is found by the shard that has it alone.
    let found = try #require(Walk(from: Dial(end: 40), seed: 3).run(seconds: 60, walks: 500).walk)
    for index in 1...4 {
      let shard = try #require(Shard("\(index)/4"))
      let walks = Int(found) / 4 + 1
      let report = Walk(from: Dial(end: 40), seed: 3, shard: shard).run(seconds: 60, walks: walks)
      if report.walk == found { #expect(Int(found) % 4 == index - 1) }
      #expect(report.walk.map { Int($0) % 4 == index - 1 } ?? true)
    }
  }

  @Test("One of a kind is in the singular, in what a walk and a search report")
  func singular() throws {
    let one = Walk(from: Dial(end: nil), seed: 1).run(seconds: 60, walks: 1).summary
    #expect(one.contains("; 1 walk, 1000 actions, "), "\(one)")
    let two = Walk(from: Dial(end: nil), seed: 1).run(seconds: 60, walks: 2).summary
    #expect(two.contains("; 2 walks, 2000 actions, "), "\(two)")
    let world = AnyWorld(Dial(end: nil))
    let start = try world.search(SearchBounds(depth: 0), threads: 1).summary
    #expect(start.contains("0 actions lead to (depth); 1 state, 0 transitions, "), "\(start)")
    let next = try world.search(SearchBounds(depth: 1), threads: 1).summary
    #expect(next.contains("1 action leads to (depth); 2 states, 2 transitions, "), "\(next)")
  }

  @Test("No time, no walk; and an interruption ends it")
  func ends() {
    var walk = Walk(from: Dial(end: nil), seed: 1)
    walk.isInterrupted = { true }
    #expect(walk.run(seconds: 60).walks == 0)
  }

  @Test(
    "What is not I/N is not a shard",
    arguments: ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2"])
  func noShard(text: String) { #expect(Shard(text) == nil) }

  @Test("A shard is written as it is read", arguments: ["1/1", "3/8"])
  func shard(text: String) { #expect(Shard(text)?.description == text) }
}
