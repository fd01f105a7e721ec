import TestSupport
import Testing
import TimerModels

@Suite("TSC tracker against the naive one")
struct TSCPropertyTests {
  @Test("100 000 random operations: same matches, offsets, set, master clock and requests")
  func agreesWithNaive() throws {
    var matches = 0
    var generations = 0
    var entries = 0
    for seed in UInt64(0)..<500 {
      var duel = try TSCDuel(seed: seed)
      for step in 0..<200 {
        try duel.step()
        if let problem = duel.problem {
          Issue.record("seed \(seed), step \(step): \(problem)\n\(duel.log.suffix(8))")
          return
        }
      }
      matches += duel.matches
      generations += duel.generations
      entries += duel.entries
    }
    // The comparison is worth nothing if one of the ways is hardly taken.
    #expect(matches > 10_000)
    #expect(generations > 10_000)
    #expect(entries > 10_000)
  }
}

/// The tracker and the naive one, given the same random operations.
struct TSCDuel {
  var random: SplitMix64
  var tracker: TSCMatchingTracker
  var naive: NaiveTSC
  var now = TSCHostTime(instant: Instant(nanoseconds: 5_000_000_000), tsc: 17)
  var log: [String] = []
  var problem: String?
  var matches = 0
  var generations = 0
  var entries = 0

  init(seed: UInt64) throws {
    random = SplitMix64(seed: seed)
    let rules = [TSCRuleSet.linux3_16, .linux3_19, .linux4_12, .linux6_7, .repaired]
      .randomElement(using: &random)
    let kilohertz = NaiveTSC.factors.keys.sorted().randomElement(using: &random)
    let frequency = try TSCFrequency(kilohertz: kilohertz ?? 2_500_000)
    let host = TSCHost(frequency: frequency, scaling: .svm)
    tracker = TSCMatchingTracker(host: host, rules: rules ?? .linux6_7)
    naive = NaiveTSC(kilohertz: frequency.kilohertz, rules: tracker.state.rules)
  }

  mutating func step() throws {
    let nanoseconds = [0, 1, 999, 1_000_000, 40_000_000, 970_000_000, 1_000_000_000, 1 << 45]
    let passed = UInt64(nanoseconds.randomElement(using: &random) ?? 0)
    now.instant = now.instant.adding(nanoseconds: passed)
    now.tsc &+= tracker.state.host.frequency.cycles(in: passed)
    let count = naive.vcpus.count
    if count == 0 || count < 16 && Int.random(in: 0..<12, using: &random) == 0 {
      create()
    } else {
      try act(on: Int.random(in: 0..<count, using: &random))
    }
    compare()
  }

  private mutating func create() {
    let kilohertz = naive.hostKilohertz
    naive.vcpus.append(NaiveTSC.VCPU(kilohertz: kilohertz, ratio: 1 << 32))
    write("create", naive.vcpus.count - 1, tracker.createVCPU(at: now), value: 0, user: false)
  }

  private mutating func act(on vcpu: Int) throws {
    let (ns, tsc) = (now.instant.nanoseconds, now.tsc)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<7:
      let value = interestingValue(vcpu)
      let decision = tracker.hostWriteTSC(at: now, vcpu: vcpu, value)
      write("write \(value)", vcpu, decision, value: value, user: true)
    case 7..<9:
      let offset = Bool.random(using: &random) ? naive.last.offset : random.next()
      let decision = tracker.hostWriteOffset(at: now, vcpu: vcpu, offset)
      write("offset \(offset)", vcpu, decision, value: nil, user: true, offset: offset)
    case 9..<11: guestWrites(vcpu)
    case 11..<13:
      let value = random.next()
      _ = tracker.hostWriteAdjust(at: now, vcpu: vcpu, value)
      naive.load(ns, tsc, vcpu)
      naive.vcpus[vcpu].adjust = value
    case 13..<17:
      let decision = tracker.enterGuest(at: now, vcpu: vcpu)
      let caughtUp = naive.enter(ns, tsc, vcpu)
      entries += 1
      log.append("enter \(vcpu)")
      if decision.reason != .entered(caughtUp: caughtUp) { problem = "\(decision): \(caughtUp)" }
    case 17..<18:
      _ = tracker.exitGuest(at: now, vcpu: vcpu)
      naive.vcpus[vcpu].last = naive.scaled(tsc, vcpu) &+ naive.vcpus[vcpu].offset
    case 18: try changeFrequency(vcpu)
    default: changeHost()
    }
  }

  private mutating func guestWrites(_ vcpu: Int) {
    let value = random.next()
    if Bool.random(using: &random) {
      _ = tracker.guestWriteTSC(at: now, vcpu: vcpu, value)
      let moved = value &- (naive.scaled(now.tsc, vcpu) &+ naive.vcpus[vcpu].offset)
      naive.vcpus[vcpu].offset &+= moved
      naive.vcpus[vcpu].adjust &+= moved
    } else {
      _ = tracker.guestWriteAdjust(at: now, vcpu: vcpu, value)
      naive.vcpus[vcpu].offset &+= value &- naive.vcpus[vcpu].adjust
      naive.vcpus[vcpu].adjust = value
      naive.vcpus[vcpu].owesClock = true
    }
    _ = naive.serve(now.instant.nanoseconds, now.tsc, vcpu)
  }

  private mutating func changeFrequency(_ vcpu: Int) throws {
    let kilohertz = NaiveTSC.factors.keys.sorted().randomElement(using: &random) ?? 0
    _ = try tracker.setFrequency(at: now, vcpu: vcpu, kilohertz: kilohertz)
    naive.load(now.instant.nanoseconds, now.tsc, vcpu)
    naive.vcpus[vcpu].kilohertz = kilohertz
    naive.vcpus[vcpu].ratio =
      kilohertz == naive.hostKilohertz
      ? 1 << 32 : UInt128(kilohertz) << 32 / UInt128(naive.hostKilohertz)
  }

  private mutating func changeHost() {
    // Rarely: neither can be taken back.
    switch Int.random(in: 0..<12, using: &random) {
    case 0:
      tracker.changeHostClock(isStable: false, isClockSource: false)
      naive.stable = false
      naive.clockSource = false
      for vcpu in naive.vcpus.indices { naive.vcpus[vcpu].owesMaster = true }
    case 1:
      let loss = UInt64.random(in: 1...1 << 40, using: &random)
      tracker.resumeHost(losing: loss)
      naive.wentBack = true
      for vcpu in naive.vcpus.indices {
        naive.vcpus[vcpu].lost &+= loss
        naive.vcpus[vcpu].owesMaster = true
      }
      naive.last.time = 0
      naive.last.write = 0
    default: break
    }
  }

  /// 0, something around what is expected, at the window's edges, and anything.
  private mutating func interestingValue(_ vcpu: Int) -> UInt64 {
    let expected = tracker.expectedValue(at: now, vcpu: vcpu)
    let second = UInt64(naive.vcpus[vcpu].kilohertz) * 1000
    let values: [UInt64] = [
      0, 1, .max, expected, expected &+ second, expected &+ second &- 1, expected &- second,
      expected &- second &+ 1, expected &+ second / 2, random.next(), naive.last.write,
    ]
    return values.randomElement(using: &random) ?? 0
  }

  private mutating func write(
    _ what: String, _ vcpu: Int, _ decision: TSCDecision, value: UInt64?, user: Bool,
    offset: UInt64? = nil
  ) {
    let (matched, asked) = naive.write(
      now.instant.nanoseconds, now.tsc, vcpu, value: value, user: user, offset: offset)
    log.append("\(what): \(decision)")
    if matched { matches += 1 } else { generations += 1 }
    if decision.isMatched != matched || decision.requestsUpdate != asked {
      problem = "\(decision), not matched \(matched), update requested \(asked)"
    }
  }

  private mutating func compare() {
    let state = tracker.state
    for vcpu in 0..<naive.vcpus.count {
      let expected = naive.vcpus[vcpu]
      let actual = state.vcpus[vcpu]
      if actual.offset != expected.offset || actual.adjust != expected.adjust
        || actual.lastGuestTSC != expected.last
      {
        problem = "vCPU \(vcpu): \(actual), not \(expected)"
      }
    }
    if state.matchedCount + 1 != naive.members.count || state.generation != naive.generations
      || tracker.canUseMasterClock != naive.wanted || state.usesMasterClock != naive.master
    {
      problem =
        "\(state.matchedCount) + 1 matched in generation \(state.generation), "
        + "not \(naive.members.count) in \(naive.generations)"
    }
  }
}
