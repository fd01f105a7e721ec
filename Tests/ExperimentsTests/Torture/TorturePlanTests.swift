import Testing

@testable import Experiments

/// Which cuts are made, and which orders are left out.
@Suite("Plans of torture")
struct TorturePlanTests {
  private static let natural = [
    PhasedBoundary(boundary: .exit(1), phase: .idle),
    PhasedBoundary(boundary: .exit(2), phase: .armed),
    PhasedBoundary(boundary: .halt(1), phase: .halted),
    PhasedBoundary(boundary: .exit(3), phase: .handled),
  ]
  private static let earlier = [
    PhasedBoundary(boundary: .step(7), phase: .requested),
    PhasedBoundary(boundary: .step(9), phase: .inService),
  ]
  private let plan = TorturePlan(
    law: .oneShot, natural: natural, earlier: earlier, period: 4000)

  @Test("every boundary is cut at every place that it has, in the same VM and in a new one")
  func boundaries() {
    let cuts = plan.boundaryCuts
    #expect(cuts.count == 2 * (1 + 4 + 4 + 1 + 2))
    #expect(Set(cuts).count == cuts.count)
    #expect(!cuts.contains { !$0.isWellFormed })
    for place in [DeadlinePlace.later, .nearly, .beforeSave, .outside] {
      #expect(
        cuts.contains(Cut(.exit(2), place)) && cuts.contains(Cut(.exit(2), place, isNewVM: true)))
    }
    #expect(cuts.filter { $0.place == .earlier }.count == 4)
  }

  @Test("the deadline is placed between any two requests")
  func places() {
    let places = Set(plan.placeCuts.map(\.place))
    #expect(!plan.placeCuts.contains { !$0.isWellFormed })
    for count in 1..<TorturePart.allCases.count {
      #expect(places.isSuperset(of: [.afterGet(count), .afterSet(count)]))
    }
    #expect(plan.placeCuts.contains { $0.rest > 4000 })
  }

  @Test("where saving waits for the deadline, it passes before")
  func waiting() {
    let plan = TorturePlan(
      law: .oneShot, natural: Self.natural, earlier: Self.earlier, period: 4000,
      waitsForDeadline: true)
    let places = Set((plan.boundaryCuts + plan.placeCuts).map(\.place))
    #expect(places == [.natural, .beforeSave, .earlier])
  }

  @Test("orders are tried at one boundary of each phase")
  func representatives() {
    let phases = plan.representatives.compactMap { plan.phase(of: Cut($0.0, $0.1)) }
    #expect(Set(phases) == [.armed, .halted, .requested, .inService, .handled])
  }

  @Test("what is left out of a line is a raised source's places in time")
  func raised() {
    let plan = TorturePlan(
      law: .raised, natural: [PhasedBoundary(boundary: .exit(2), phase: .requested)], earlier: [],
      period: 4000)
    #expect(
      plan.boundaryCuts.map(\.place) == [
        .natural, .natural, .beforeSave, .beforeSave, .later, .later,
      ])
  }

  @Test("an exchange moves one part across the other, either way")
  func exchanges() {
    let pair = PartPair(first: .localAPIC, second: .deadline)
    let order: [TorturePart] = [.registers, .localAPIC, .timeStampCounter, .deadline, .events]
    #expect(
      pair.exchanges(in: order) == [
        [.registers, .deadline, .localAPIC, .timeStampCounter, .events],
        [.registers, .timeStampCounter, .deadline, .localAPIC, .events],
      ])
    #expect(pair.exchanges(in: [.localAPIC, .deadline]) == [[.deadline, .localAPIC]])
    #expect(PartPair.all(of: [.deadline, .localAPIC], in: TorturePart.writingOrder) == [pair])
  }

  @Test("sampled orders are all different, have all parts and keep the pairs")
  func sample() throws {
    let pairs = [
      PartPair(first: .localAPIC, second: .deadline), PartPair(first: .registers, second: .events),
    ]
    let orders = TorturePlan.sample(keeping: pairs)
    #expect(Set(orders).count == orders.count && orders.count == TorturePart.allCases.count)
    for order in orders {
      #expect(Set(order) == Set(TorturePart.allCases))
      for pair in pairs {
        let first = try #require(order.firstIndex(of: pair.first))
        let second = try #require(order.firstIndex(of: pair.second))
        #expect(first < second)
      }
    }
  }

  @Test("cuts are said in words")
  func words() {
    #expect(
      Cut(.exit(3), gets: [.localAPIC], sets: [.localAPIC]).words(.handled)
        == "after exit 3 (handled); get LAPIC; set LAPIC; same VM")
    var cut = Cut(.halt(1), .afterSet(2), rest: 20, isNewVM: true, plant: .loseIRR)
    cut.sets = PartPair(first: .localAPIC, second: .deadline).exchanges(in: cut.sets)[0]
    #expect(
      cut.words() == "halted; deadline passes after set SREGS; get all; rest 20 us; "
        + "set all, MSRS(deadline) before LAPIC; new VM; plant lose-irr")
    cut = Cut(
      .step(4), gets: TorturePart.readingOrder, sets: TorturePart.allCases.filter { $0 != .pit })
    #expect(cut.words() == "after step 4; get all; set all but PIT2; same VM")
    #expect(
      Cut(.step(4), gets: [], sets: []).words() == "after step 4; get nothing; set nothing; same VM"
    )
  }

  @Test("the recipe says what the findings need, and nothing without them")
  func recipe() {
    #expect(TortureRecipe.lines([SubjectReport(.apicOneShot)]).isEmpty)
    var report = SubjectReport(.apicOneShot)
    report.findings = [
      TortureFinding(
        verdict: .doubled, count: 1, shortest: TortureCase(.apicOneShot, Cut(.exit(3))),
        confirmations: nil, phase: .handled)
    ]
    #expect(TortureRecipe.lines([report]).count == 2)
    #expect(TortureRecipe.lines([report]).contains { $0.contains("TMICT 0") })
  }

  @Test("a guest waits for its interrupt in HLT, but not for an NMI, which may come before that")
  func waits() {
    let timing = TortureTiming(period: 4000, tscKilohertz: 1_000_000)
    #expect(timing.arguments(.ioapicEdge, .raised, isHalting: true).hasSuffix(" 1"))
    #expect(timing.arguments(.ioapicEdge, .raised, isHalting: false).hasSuffix(" 0"))
    #expect(timing.arguments(.nmi, .raised, isHalting: true).hasSuffix(" 0"))
  }

  @Test("each plant touches a subject, and clocks have none")
  func plants() {
    for plant in TorturePlant.allCases {
      #expect(TortureSubject.allCases.contains { plant.touches($0) })
      #expect(!plant.touches(.tsc) && !plant.touches(.countCompare))
    }
  }
}
