import Testing
import VMM

@testable import Experiments

/// The combinations of a campaign.
@Suite("Campaign plans")
struct CampaignPlanTests {
  @Test("a plan without changes is one combination, with stamps and without")
  func plain() {
    let names = CampaignPlan().cells.map(\.name)
    #expect(names == ["count-compare inject adaptive", "count-compare inject adaptive unstamped"])
  }

  @Test(
    "KVM's own timers have no route, no waiting and no stamps, and waiting is of injection alone")
  func combinations() {
    var plan = CampaignPlan()
    plan.timers = [.pit, .generic, .pit]
    plan.routes = [.inject, .msi]
    plan.waits = [.block, .spin]
    plan.loads = [.none, .busy]
    plan.stamps = [true]
    #expect(
      plan.cells.map(\.name) == [
        "pit in-kernel", "pit in-kernel loaded",
        "generic inject block", "generic inject block loaded",
        "generic inject spin", "generic inject spin loaded",
        "generic msi", "generic msi loaded",
      ])
    #expect(plan.cells.allSatisfy { $0.isStamped == ($0.timer == .generic) })
  }

  @Test("a campaign's errors say which guest or which run they are of")
  func errors() {
    #expect(
      CampaignError.noRecords(of: "pit in-kernel").description
        == "pit in-kernel: the run left no records")
    let image = ImageError.pipeTooLong(limit: 1)
    #expect(CampaignError.machine(.image(image)).description == "deadlines: \(image)")
  }
}
