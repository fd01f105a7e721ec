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
    "KVM's own timers have no route and no waiting, and waiting is of injection alone")
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
    #expect(plan.cells.allSatisfy { $0.isStamped })
    plan.stamps = [true, false]
    #expect(plan.cells.prefix(2).map(\.name) == ["pit in-kernel", "pit in-kernel unstamped"])
  }

  @Test(
    "a plan has as many vCPUs as machines and timers have, and no more interrupts than a run",
    arguments: [
      (.countCompare, 16, 62_500, nil), (.countCompare, 17, 1, .cpus(17)),
      (.countCompare, 0, 1, .cpus(0)), (.countCompare, 16, 62_501, .countOfAll(62_501, cpus: 16)),
      (.generic, 8, 1, nil), (.generic, 9, 1, .timer(.generic, cpus: 9)), (.apic, 16, 1, nil),
      (.tscDeadline, 16, 1, nil), (.pit, 1, 1_000_000, nil), (.pit, 2, 1, .timer(.pit, cpus: 2)),
    ] as [(MeasuredTimer, Int, Int, CampaignPlanError?)])
  func vcpus(timer: MeasuredTimer, cpus: Int, count: Int, problem: CampaignPlanError?) {
    var plan = CampaignPlan()
    (plan.timers, plan.cpus, plan.count) = ([timer], cpus, count)
    var found: CampaignPlanError?
    do { try plan.check() } catch { found = error }
    #expect(found == problem)
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
