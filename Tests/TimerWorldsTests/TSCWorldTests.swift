import Exploration
import Testing
import TimerWorlds

@Suite("TSCWorld")
struct TSCWorldTests {
  @Test(
    "The right tracker holds in every state that as many actions lead to",
    arguments: [
      (TSCSetting.whole, 3, 753), (.window, 4, 880), (.older, 4, 2657), (.unstable, 4, 2143),
      (.catchUp, 6, 1306), (.generations, 40, 822), (.repaired, 4, 4669), (.guest, 3, 1250),
      (.scaled, 4, 3829), (.entries, 5, 5569),
    ])
  func bounded(setting: TSCSetting, depth: Int, states: Int) throws {
    let report = try setting.model.world.search(SearchBounds(depth: depth), threads: 2)
    #expect(report.end == .depth, "\(report)")
    // A space that shrinks has lost something that can happen.
    #expect(report.states == states, "\(setting)")
  }
}
