import Testing
import TimerModels

/// Guests' writes, IA32_TSC_ADJUST, frequencies and the master clock.
@Suite("TSC registers and clock")
struct TSCRegisterTests {
  typealias Script = TSCScript<TSCMatchingTracker>

  /// The vector of the kernel's own test, tsc_msrs_test.c.
  @Test("IA32_TSC and IA32_TSC_ADJUST move each other as the kernel's own test has it")
  func registers() throws {
    var script = try Script(vcpus: 1)
    let unity: UInt64 = 1 << 30
    let host: UInt64 = 64 * unity
    func registers() -> [UInt64] {
      let state = script.tracker.state.vcpus[0]
      return [script.tracker.guestTSC(at: script.now, vcpu: 0), state.adjust]
    }
    _ = try script.perform(.hostWriteTSC(vcpu: 0, 0))
    _ = try script.perform(.guestWriteTSC(vcpu: 0, unity))
    #expect(registers() == [unity, unity])
    _ = try script.perform(.guestWriteAdjust(vcpu: 0, 2 * unity))
    #expect(registers() == [2 * unity, 2 * unity])
    _ = try script.perform(.hostWriteTSC(vcpu: 0, host + 2 * unity))
    #expect(registers() == [host + 2 * unity, 2 * unity])
    _ = try script.perform(.hostWriteAdjust(vcpu: 0, 123_456))
    #expect(registers() == [host + 2 * unity, 123_456])
    _ = try script.perform(.hostWriteAdjust(vcpu: 0, 2 * unity))
    _ = try script.perform(.guestWriteAdjust(vcpu: 0, 3 * unity))
    #expect(registers() == [host + 3 * unity, 3 * unity])
    _ = try script.perform(.guestWriteTSC(vcpu: 0, 4 * unity))
    #expect(registers() == [4 * unity, 4 * unity &- host])
  }

  @Test("a guest's write starts no generation, though the TSCs differ from then on")
  func guestWrite() throws {
    var script = try Script(vcpus: 2)
    let written = try script.perform(.guestWriteTSC(vcpu: 1, 7))
    #expect(written.isMatched == nil)
    #expect(written.canUseMasterClock)
    #expect(written.generation == 1)
    #expect(written.offset != script.tracker.state.vcpus[0].offset)
  }

  @Test("frequencies: near the host's, below, above, with and without scaling")
  func frequencies() throws {
    var plain = try Script(vcpus: 1)
    _ = try plain.perform(.setFrequency(vcpu: 0, kilohertz: 2_500_625))
    #expect(plain.tracker.state.vcpus[0].ratio == 1)
    #expect(!plain.tracker.state.vcpus[0].catchesUp)
    _ = try plain.perform(.setFrequency(vcpu: 0, kilohertz: 0))
    #expect(plain.tracker.state.vcpus[0].frequency.kilohertz == 2_500_000)
    #expect(throws: TSCMatchingError.scalingUnsupported(kilohertz: 2_499_374, host: 2_500_000)) {
      try plain.perform(.setFrequency(vcpu: 0, kilohertz: 2_499_374))
    }
    #expect(plain.tracker.state.vcpus[0].frequency.kilohertz == 2_499_374)
    _ = try plain.perform(.setFrequency(vcpu: 0, kilohertz: 2_500_626))
    #expect(plain.tracker.state.vcpus[0].alwaysCatchesUp)

    let frequency = try TSCFrequency(kilohertz: 2_500_000)
    for (scaling, ratio) in [
      (TSCScaling.svm, 0x8000_0000 as UInt64), (.vmx, 0x8000_0000_0000),
    ] {
      var tracker = TSCMatchingTracker(host: TSCHost(frequency: frequency, scaling: scaling))
      try tracker.setDefaultFrequency(kilohertz: 1_250_000)
      let now = TSCHostTime(instant: .origin, tsc: 1_000_001)
      let created = tracker.createVCPU(at: now)
      #expect(tracker.state.vcpus[0].ratio == ratio)
      #expect(created.offset == 0 &- 500_000)
    }
  }

  @Test("a TSC that is always caught up and that its guest sets back is at once where it is due")
  func setBackByGuest() throws {
    var script = try Script(vcpus: 1)
    // So that there is no master clock, whose last update a catch-up would be as of.
    script.tracker.state.host.isClockSource = false
    _ = try script.perform(.setFrequency(vcpu: 0, kilohertz: 5_000_000))
    _ = try script.perform(.enterGuest(vcpu: 0))
    script.pass(nanoseconds: 1_000_000)
    _ = try script.perform(.guestWriteTSC(vcpu: 0, 0))
    let due = script.tracker.dueTSC(at: script.now, vcpu: 0)
    #expect(due > 0)
    #expect(script.tracker.guestTSC(at: script.now, vcpu: 0) == due)
  }

  @Test("0 kHz is the host's frequency, and 1 kHz is 1 kHz")
  func leastFrequencies() throws {
    var script = try Script(vcpus: 1)
    script.tracker.state.host.scaling = .vmx
    for (kilohertz, expected) in [(1, 1), (0, 2_500_000)] as [(UInt32, UInt32)] {
      try script.tracker.setDefaultFrequency(kilohertz: kilohertz)
      #expect(script.tracker.state.defaultFrequency.kilohertz == expected)
      _ = try script.perform(.setFrequency(vcpu: 0, kilohertz: kilohertz))
      #expect(script.tracker.state.vcpus[0].frequency.kilohertz == expected)
    }
  }

  @Test("a frequency beyond what the processor can scale is refused, and changes nothing")
  func beyondScaling() throws {
    var script = try Script(vcpus: 1)
    script.tracker.state.host.scaling = .svm
    let before = script.tracker.state
    #expect(throws: TSCMatchingError.ratioOutOfRange(kilohertz: 640_000_000, host: 2_500_000)) {
      try script.perform(.setFrequency(vcpu: 0, kilohertz: 640_000_000))
    }
    #expect(throws: TSCMatchingError.ratioOutOfRange(kilohertz: 640_000_000, host: 2_500_000)) {
      try script.tracker.setDefaultFrequency(kilohertz: 640_000_000)
    }
    #expect(script.tracker.state == before)
    try script.tracker.setDefaultFrequency(kilohertz: 639_999_999)
    _ = try script.perform(.setFrequency(vcpu: 0, kilohertz: 639_999_999))
  }

  @Test("the master clock follows the matched set at the next entry of the vCPU that asked")
  func masterClock() throws {
    var script = try Script(vcpus: 2)
    #expect(!script.tracker.state.usesMasterClock)
    // vCPU 1's creation asked, and vCPU 0's did, when it was the only one.
    #expect(try script.perform(.enterGuest(vcpu: 1)).usesMasterClock)
    let split = try script.perform(.hostWriteTSC(vcpu: 0, 1 << 50))
    #expect(split.requestsUpdate)
    #expect(split.usesMasterClock)
    #expect(!split.canUseMasterClock)
    #expect(try script.perform(.enterGuest(vcpu: 1)).usesMasterClock)
    #expect(!(try script.perform(.enterGuest(vcpu: 0)).usesMasterClock))
    let joined = try script.perform(.hostWriteTSC(vcpu: 1, 1 << 50))
    #expect(joined.requestsUpdate)
    #expect(try script.perform(.enterGuest(vcpu: 1)).usesMasterClock)
  }

  @Test("what asks for an update differs between kernels")
  func updateRequests() throws {
    /// Whether a repeated match and a new generation ask, on one vCPU whose clock is in use.
    func requests(_ rules: TSCRuleSet) throws -> [Bool] {
      var script = try Script(rules: rules, vcpus: 1)
      _ = try script.perform(.enterGuest(vcpu: 0))
      let matched = try script.perform(.hostWriteTSC(vcpu: 0, 0))
      let generation = try script.perform(.hostWriteTSC(vcpu: 0, 1 << 50))
      return [matched.requestsUpdate, generation.requestsUpdate]
    }
    #expect(try requests(.linux3_16) == [false, false])
    #expect(try requests(.linux3_19) == [true, true])
    #expect(try requests(.linux4_12) == [true, true])
    #expect(try requests(.linux6_7) == [false, true])
  }

  @Test("an old kvmclock, or a host that keeps time otherwise, rules the master clock out")
  func ruledOut() throws {
    var old = try Script(vcpus: 1)
    _ = old.tracker.registerClock(at: old.now, vcpu: 0, isOld: true)
    #expect(!(try old.perform(.enterGuest(vcpu: 0)).usesMasterClock))
    _ = old.tracker.registerClock(at: old.now, vcpu: 0, isOld: false)
    #expect(try old.perform(.enterGuest(vcpu: 0)).usesMasterClock)

    old.tracker.changeHostClock(isStable: true, isClockSource: false)
    #expect(!(try old.perform(.enterGuest(vcpu: 0)).usesMasterClock))
  }

  @Test("only vCPU 0's clock rules the master clock out, and asks only when it changes kinds")
  func registeredClocks() throws {
    var script = try Script(vcpus: 2)
    _ = try script.perform(.enterGuest(vcpu: 1))
    func asks(_ vcpu: Int, isOld: Bool) -> Bool {
      script.tracker.registerClock(at: script.now, vcpu: vcpu, isOld: isOld).requestsUpdate
    }
    #expect(
      [asks(1, isOld: true), asks(1, isOld: false), asks(1, isOld: true)] == [false, false, false])
    for vcpu in 0..<2 { #expect(try script.perform(.enterGuest(vcpu: vcpu)).usesMasterClock) }
    #expect(
      [asks(0, isOld: false), asks(0, isOld: true), asks(0, isOld: true)] == [false, true, false])
    #expect(!(try script.perform(.enterGuest(vcpu: 0)).usesMasterClock))
  }

  @Test("on an unstable host a TSC stands still while no vCPU runs, and is caught up at entry")
  func catchUp() throws {
    var script = try Script(vcpus: 1)
    script.tracker.changeHostClock(isStable: false, isClockSource: false)
    _ = try script.perform(.hostWriteTSC(vcpu: 0, 1 << 50))
    let entered = try script.perform(after: 400_000_000, .enterGuest(vcpu: 0))
    #expect(entered.reason == .entered(caughtUp: 1_000_000_000))
    #expect(entered.guestTSC == 1 << 50 + 1_000_000_000)
    _ = try script.perform(after: 100_000, .exitGuest(vcpu: 0))
    // Taken up without entering: it has not moved since the exit.
    let loaded = try script.perform(after: 9_000_000, .hostWriteAdjust(vcpu: 0, 0))
    #expect(loaded.guestTSC == 1 << 50 + 1_000_250_000)
  }

  @Test(
    "a guest cannot move a TSC back that is caught up, but by IA32_TSC itself until the next entry")
  func catchUpAfterGuestWrite() throws {
    var script = try Script(vcpus: 1)
    script.tracker.changeHostClock(isStable: false, isClockSource: false)
    _ = try script.perform(.hostWriteTSC(vcpu: 0, 1 << 50))
    let due = try script.perform(.enterGuest(vcpu: 0)).guestTSC
    #expect(try script.perform(.guestWriteTSC(vcpu: 0, due - 1000)).guestTSC == due - 1000)
    // IA32_TSC_ADJUST is -1000 by now.
    #expect(try script.perform(.guestWriteAdjust(vcpu: 0, 0 &- 5000)).guestTSC == due)
    #expect(try script.perform(.guestWriteAdjust(vcpu: 0, 0)).guestTSC == due + 5000)
  }

  @Test("a vCPU that there is not, and a seventeenth, are refused")
  func refusals() throws {
    var script = try Script(vcpus: 16)
    #expect(throws: TSCMatchingError.tooManyVCPUs) { try script.perform(.createVCPU) }
    #expect(throws: TSCMatchingError.noSuchVCPU(16)) {
      try script.perform(.hostWriteTSC(vcpu: 16, 0))
    }
    #expect(throws: TSCMatchingError.noSuchVCPU(-1)) { try script.perform(.enterGuest(vcpu: -1)) }
  }
}
