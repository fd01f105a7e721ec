import Synchronization
import Testing

@testable import Exploration

@Suite("Team")
struct TeamTests {
  @Test("Every element is changed once, and stays in its place", arguments: [1, 2, 8])
  func changes(threads: Int) throws {
    var elements = ContiguousArray(0..<100)
    try Team.with(threads) { team in
      for round in 1...500 {
        changeInParallel(&elements, by: team) { number, element in
          element += number + (number == element / round ? 0 : 1000)
        }
      }
    }
    #expect(Array(elements) == (0..<100).map { $0 * 501 })
  }

  @Test("All threads take part in a work that lasts")
  func members() throws {
    let here = Atomic<Int>(0)
    try Team.with(3) { team in
      // Each waits for the others, so none does two parts.
      team.share {
        here.add(1, ordering: .relaxed)
        while here.load(ordering: .relaxed) < 3 {}
      }
    }
    #expect(here.load(ordering: .relaxed) == 3)
  }

  @Test("When a work is done, no thread keeps what it was done with", arguments: [1, 2, 8])
  func nothingKept(threads: Int) throws {
    final class Tool: Sendable {}
    try Team.with(threads) { team in
      for _ in 0..<200 {
        var tool: Tool? = Tool()
        weak let kept = tool
        team.share { [tool] in _ = tool }
        tool = nil
        #expect(kept == nil)
      }
    }
  }
}
