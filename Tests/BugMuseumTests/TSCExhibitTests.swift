import BugMuseum
import Testing
import TimerModels

/// Each exhibit's shortest losing schedule, lost by the exhibit and won by the right tracker.
@Suite("TSC exhibits")
struct TSCExhibitTests {
  /// A VM on a host at 2.5 GHz, whose clocks go on between the operations.
  private struct VM<Tracker: TSCMatchingRules> {
    var tracker: Tracker
    var now = TSCHostTime(
      instant: Instant(nanoseconds: 1_000_000_000_000), tsc: 2_500_000_000_000)

    init(_: Tracker.Type, rules: TSCRuleSet, isStable: Bool = true) throws {
      let frequency = try TSCFrequency(kilohertz: 2_500_000)
      tracker = Tracker(host: TSCHost(frequency: frequency), rules: rules)
      if !isStable { tracker.changeHostClock(isStable: false, isClockSource: false) }
    }

    @discardableResult
    mutating func perform(
      afterMilliseconds milliseconds: UInt64 = 0, _ operation: TSCOperation
    ) throws -> TSCDecision {
      now.instant = now.instant.adding(nanoseconds: milliseconds * 1_000_000)
      now.tsc += milliseconds * 2_500_000
      return try tracker.perform(at: now, operation)
    }
  }

  @Test("tsc-matched-overcount: one vCPU, written twice, no longer matches itself")
  func matchedOvercount() throws {
    func decision<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> TSCDecision {
      var vm = try VM(type, rules: .linux4_12)
      try vm.perform(.createVCPU)
      return try vm.perform(afterMilliseconds: 3, .hostWriteTSC(vcpu: 0, 0))
    }
    let wrong = try decision(MatchedOvercount.self)
    #expect(wrong.isMatched == true && wrong.matchedCount == 1 && !wrong.canUseMasterClock)
    let right = try decision(TSCMatchingTracker.self)
    #expect(right.isMatched == true && right.matchedCount == 0 && right.canUseMasterClock)
  }

  @Test("tsc-matched-overcount: QEMU 2.0's three writes a vCPU, as they were counted")
  func matchedOvercountInQEMU() throws {
    func counts<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> [Int] {
      var vm = try VM(type, rules: .linux4_12)
      let writes: [TSCOperation] = [
        .createVCPU, .createVCPU, .hostWriteTSC(vcpu: 0, 0), .hostWriteTSC(vcpu: 1, 0),
        .hostWriteTSC(vcpu: 0, 0), .hostWriteTSC(vcpu: 1, 0),
      ]
      return try writes.map { try vm.perform(afterMilliseconds: 3, $0).matchedCount }
    }
    #expect(try counts(MatchedOvercount.self) == [0, 1, 2, 3, 4, 5])
    #expect(try counts(TSCMatchingTracker.self) == [0, 1, 1, 1, 1, 1])
  }

  @Test("tsc-generation-u8-wrap: 256 generations later a vCPU matches and is not counted")
  func byteGeneration() throws {
    func decision<Tracker: TSCMatchingRules>(_ type: Tracker.Type, writes: UInt64) throws
      -> TSCDecision
    {
      var vm = try VM(type, rules: .linux6_7)
      try vm.perform(.createVCPU)
      try vm.perform(.createVCPU)
      for write in 1...writes {
        try vm.perform(.hostWriteTSC(vcpu: 0, write * 10_000_000_000))
      }
      return try vm.perform(.hostWriteTSC(vcpu: 1, writes * 10_000_000_000))
    }
    let wrong = try decision(ByteGeneration.self, writes: 256)
    #expect(wrong.isMatched == true && wrong.matchedCount == 0 && !wrong.canUseMasterClock)
    let right = try decision(TSCMatchingTracker.self, writes: 256)
    #expect(right.isMatched == true && right.matchedCount == 1 && right.canUseMasterClock)
    // No shorter.
    #expect(try decision(ByteGeneration.self, writes: 255).matchedCount == 1)
  }

  @Test("tsc-first-user-write-slop: a restored TSC goes back by 0.7 s")
  func firstUserWriteSlop() throws {
    func guestTSC<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> UInt64 {
      var vm = try VM(type, rules: .linux6_7)
      try vm.perform(.createVCPU)
      return try vm.perform(afterMilliseconds: 100, .hostWriteTSC(vcpu: 0, 2_000_000_000)).guestTSC
    }
    #expect(try guestTSC(FirstUserWriteSlop.self) == 250_000_000)
    #expect(try guestTSC(TSCMatchingTracker.self) == 2_000_000_000)
  }

  @Test("tsc-sync-window-cliff: a third vCPU 1.01 s after the first falls out")
  func syncWindowCliff() throws {
    func matches<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> [Bool?] {
      var vm = try VM(type, rules: .linux6_7)
      for _ in 0..<3 { try vm.perform(.createVCPU) }
      let value: UInt64 = 100_000_000_000
      return [
        try vm.perform(.hostWriteTSC(vcpu: 0, value)).isMatched,
        try vm.perform(afterMilliseconds: 970, .hostWriteTSC(vcpu: 1, value)).isMatched,
        try vm.perform(afterMilliseconds: 40, .hostWriteTSC(vcpu: 2, value)).isMatched,
      ]
    }
    #expect(try matches(SyncWindowCliff.self) == [false, true, false])
    #expect(try matches(TSCMatchingTracker.self) == [false, true, true])
  }

  @Test("tsc-masterclock-unmatched: a master clock over TSCs 10 s apart")
  func masterClockUnmatched() throws {
    func usesMasterClock<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> Bool {
      var vm = try VM(type, rules: .linux6_7)
      try vm.perform(.createVCPU)
      try vm.perform(.createVCPU)
      try vm.perform(.hostWriteTSC(vcpu: 1, 25_000_000_000))
      return try vm.perform(.enterGuest(vcpu: 1)).usesMasterClock
    }
    #expect(try usesMasterClock(MasterClockUnmatched.self))
    #expect(try !usesMasterClock(TSCMatchingTracker.self))
  }

  @Test("tsc-write-stale-masterclock: a TSC that is caught up leaps")
  func staleMasterClock() throws {
    func caughtUp<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> TSCReason {
      var vm = try VM(type, rules: .linux6_7)
      try vm.perform(.createVCPU)
      // A guest slightly faster than the host, which cannot scale.
      try vm.perform(.setFrequency(vcpu: 0, kilohertz: 2_501_000))
      try vm.perform(.enterGuest(vcpu: 0))
      try vm.perform(.exitGuest(vcpu: 0))
      try vm.perform(afterMilliseconds: 10, .hostWriteTSC(vcpu: 0, 1 << 50))
      return try vm.perform(.enterGuest(vcpu: 0)).reason
    }
    // Ten milliseconds before the write, taken for centuries after it.
    guard case .entered(let cycles) = try caughtUp(StaleMasterClock.self) else {
      Issue.record("no entry")
      return
    }
    #expect(cycles > 1 << 60)
    #expect(try caughtUp(TSCMatchingTracker.self) == .entered(caughtUp: 0))
  }

  @Test("tsc-hotplug-zero-not-synced: a vCPU plugged in ends the master clock")
  func hotPlugNotSynchronized() throws {
    func decision<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> TSCDecision {
      var vm = try VM(type, rules: .linux4_12)
      try vm.perform(.createVCPU)
      return try vm.perform(afterMilliseconds: 1000, .createVCPU)
    }
    #expect(try !decision(HotPlugNotSynchronized.self).canUseMasterClock)
    #expect(try decision(TSCMatchingTracker.self).canUseMasterClock)
  }

  @Test("tsc-usdiff-elapsed-in-place: a matched vCPU is 0.2 s behind on an unstable host")
  func elapsedInPlace() throws {
    func guestTSC<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> UInt64 {
      var vm = try VM(type, rules: .linux3_19, isStable: false)
      try vm.perform(.createVCPU)
      try vm.perform(.createVCPU)
      try vm.perform(.hostWriteTSC(vcpu: 0, 100_000_000_000))
      let decision = try vm.perform(
        afterMilliseconds: 200, .hostWriteTSC(vcpu: 1, 100_000_000_000))
      #expect(decision.isMatched == true)
      return decision.guestTSC
    }
    #expect(try guestTSC(ElapsedInPlace.self) == 100_000_500_000)
    #expect(try guestTSC(TSCMatchingTracker.self) == 100_500_000_000)
  }

  @Test("tsc-raw-value-recorded: after a vCPU is plugged in, the right value is wrong")
  func rawValueAfterHotPlug() throws {
    func isMatched<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> Bool? {
      var vm = try VM(type, rules: .repaired)
      try vm.perform(.createVCPU)
      try vm.perform(.hostWriteTSC(vcpu: 0, 100_000_000_000))
      try vm.perform(afterMilliseconds: 1_000_000, .createVCPU)
      let shown = vm.tracker.guestTSC(at: vm.now, vcpu: 0)
      return try vm.perform(.hostWriteTSC(vcpu: 1, shown)).isMatched
    }
    #expect(try isMatched(RawValueRecorded.self) == false)
    #expect(try isMatched(TSCMatchingTracker.self) == true)
  }

  @Test("tsc-raw-value-recorded: two sloppy values drift 1.8 s away and match")
  func rawValueDrift() throws {
    func matches<Tracker: TSCMatchingRules>(_ type: Tracker.Type) throws -> [Bool?] {
      var vm = try VM(type, rules: .repaired)
      for _ in 0..<3 { try vm.perform(.createVCPU) }
      let values: [UInt64] = [100_000_000_000, 102_250_000_000, 104_500_000_000]
      return try values.enumerated().map {
        try vm.perform(.hostWriteTSC(vcpu: $0.offset, $0.element)).isMatched
      }
    }
    #expect(try matches(RawValueRecorded.self) == [false, true, true])
    #expect(try matches(TSCMatchingTracker.self) == [false, true, false])
  }
}
