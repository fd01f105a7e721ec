import Exploration
import Testing
import TimerWorlds

@Suite("GenericTimerWorld and InterruptControllerWorld")
struct ArmWorldTests {
  @Test(
    "The right devices hold in every state",
    arguments: [
      (GenericTimerSetting.checkpoint.model, 3292), (InterruptControllerSetting.sgi.model, 832),
      (InterruptControllerSetting.spi.model, 896), (InterruptControllerSetting.ppi.model, 2304),
      (InterruptControllerSetting.registers.model, 3840),
    ])
  func exhausted(model: NamedWorld, states: Int) throws {
    let report = try model.world.search(SearchBounds(), threads: 2)
    #expect(report.end == .exhausted, "\(report)")
    // A space that shrinks has lost something that can happen.
    #expect(report.states == states, "\(model.name)")
  }

  @Test(
    "The right devices hold in every state that as many actions lead to",
    arguments: [
      (GenericTimerSetting.whole.model, 4, 1339), (InterruptControllerSetting.whole.model, 4, 5558),
      (InterruptControllerSetting.priorities.model, 5, 1460),
      (GenericTimerSetting.wrapped.model, 6, 366),
    ])
  func bounded(model: NamedWorld, depth: Int, states: Int) throws {
    let report = try model.world.search(SearchBounds(depth: depth), threads: 2)
    #expect(report.end == .depth, "\(report)")
    #expect(report.states == states, "\(model.name)")
  }
}
