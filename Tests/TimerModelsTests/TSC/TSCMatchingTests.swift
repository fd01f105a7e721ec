import Testing
import TimerModels

/// Who is matched, and by which rule.
@Suite("TSC matching")
struct TSCMatchingTests {
  typealias Script = TSCScript<TSCMatchingTracker>

  @Test(
    "three writes of 0 a vCPU at init, as QEMU 2.0 made them, count each vCPU once",
    arguments: [1, 2, 3, 8, 16],
    [TSCRuleSet.linux3_16, .linux3_19, .linux4_12, .linux6_7, .repaired])
  func matchedSet(vcpuCount: Int, rules: TSCRuleSet) throws {
    var script = try Script(rules: rules)
    for vcpu in 0..<vcpuCount {
      let created = try script.perform(after: 3_000_000, .createVCPU)
      #expect(created.isMatched == (vcpu > 0))
      #expect(created.generation == 1)
      #expect(created.matchedCount == vcpu)
      #expect(created.canUseMasterClock)
    }
    for vcpu in [Int](0..<vcpuCount) + [Int](0..<vcpuCount) {
      let written = try script.perform(after: 3_000_000, .hostWriteTSC(vcpu: vcpu, 0))
      #expect(written.isMatched == true)
      #expect(written.matchedCount == vcpuCount - 1)
      #expect(written.canUseMasterClock)
      #expect(written.offset == script.tracker.state.vcpus[0].offset)
    }
  }

  @Test("a vCPU two generations back is counted, however many there were between")
  func manyGenerations() throws {
    for count in [1, 2, 255, 256, 257, 65_536] as [UInt64] {
      var script = try Script(vcpus: 2)
      for write in 1...count {
        // Each more than a second away from the one before.
        let decision = try script.perform(.hostWriteTSC(vcpu: 0, write * 10_000_000_000))
        #expect(decision.isMatched == false)
        #expect(decision.matchedCount == 0)
        #expect(!decision.canUseMasterClock)
      }
      let last = try script.perform(.hostWriteTSC(vcpu: 1, count * 10_000_000_000))
      #expect(last.isMatched == true)
      #expect(last.generation == count + 1)
      #expect(last.matchedCount == 1)
      #expect(last.canUseMasterClock)
    }
  }

  @Test(
    "the last of the 2^64 generations is followed by generation 0, which vCPUs join as any other")
  func generationsWrap() throws {
    var script = try Script(vcpus: 2)
    script.tracker.state.generation = .max
    for vcpu in 0..<2 { script.tracker.state.vcpus[vcpu].generation = .max }
    let first = try script.perform(.hostWriteTSC(vcpu: 0, 10_000_000_000))
    #expect(first.generation == 0)
    #expect(first.matchedCount == 0)
    let second = try script.perform(.hostWriteTSC(vcpu: 1, 10_000_000_000))
    #expect(second.generation == 0)
    #expect(second.matchedCount == 1)
  }

  @Test("a vCPU plugged in after 1000 s joins the generation, and all stay matched")
  func hotPlug() throws {
    for rules in [TSCRuleSet.linux4_12, .linux6_7, .repaired] {
      var script = try Script(rules: rules, vcpus: 2)
      let plugged = try script.perform(after: 1_000_000_000_000, .createVCPU)
      #expect(plugged.reason == .created)
      #expect(plugged.matchedCount == 2)
      #expect(plugged.canUseMasterClock)
      #expect(plugged.offset == script.tracker.state.vcpus[0].offset)
    }
  }

  @Test("kernels that compare microseconds lose the match to a vCPU plugged in")
  func hotPlugBefore() throws {
    var script = try Script(rules: .linux3_16, vcpus: 2)
    let plugged = try script.perform(after: 1_000_000_000_000, .createVCPU)
    #expect(plugged.isMatched == false)
    #expect(!plugged.canUseMasterClock)
  }

  @Test("user space's first write is taken as meant; before Linux 6.7 it was pulled back")
  func firstUserWrite() throws {
    var now = try Script(rules: .linux6_7, vcpus: 1)
    let kept = try now.perform(after: 100_000_000, .hostWriteTSC(vcpu: 0, 2_000_000_000))
    #expect(kept.reason == .firstUserWrite)
    #expect(kept.guestTSC == 2_000_000_000)

    var before = try Script(rules: .linux4_12, vcpus: 1)
    let pulled = try before.perform(after: 100_000_000, .hostWriteTSC(vcpu: 0, 2_000_000_000))
    #expect(pulled.reason == .withinSecond(expected: 250_000_000))
    #expect(pulled.guestTSC == 250_000_000)
  }

  @Test("a user's 0 is a user's write: the next value is compared")
  func userZero() throws {
    var script = try Script(vcpus: 1)
    #expect(try script.perform(.hostWriteTSC(vcpu: 0, 0)).reason == .zeroWritten)
    let compared = try script.perform(after: 100_000_000, .hostWriteTSC(vcpu: 0, 2_000_000_000))
    #expect(compared.reason == .withinSecond(expected: 250_000_000))
  }

  @Test(
    "a value exactly one second's cycles away does not match, one cycle less does",
    arguments: [1, 1000, 999_999, 1_000_000, 2_345_678, 2_500_000, 4_294_967_295] as [UInt32])
  func windowEdges(kilohertz: UInt32) throws {
    let second = UInt64(kilohertz) * 1000
    let start: UInt64 = 1 << 50
    for elapsed in [0, 1, 999, 1_000_000, 123_456_789, 5_000_000_000] as [UInt64] {
      var script = try Script(kilohertz: kilohertz, vcpus: 1)
      _ = try script.perform(.hostWriteTSC(vcpu: 0, start))
      script.pass(nanoseconds: elapsed)
      let expected = start + script.tracker.state.host.frequency.cycles(in: elapsed)
      func isMatched(_ value: UInt64) throws -> Bool? {
        var copy = script
        return try copy.perform(.hostWriteTSC(vcpu: 0, value)).isMatched
      }
      #expect(try isMatched(expected + second) == false)
      #expect(try isMatched(expected + second - 1) == true)
      #expect(try isMatched(expected) == true)
      #expect(try isMatched(expected - second + 1) == true)
      #expect(try isMatched(expected - second) == false)
    }
  }

  @Test("at the ends of the 64 bits the comparison wraps, and fails as KVM's does")
  func windowWraps() throws {
    // Expected 2^64 - 1: a value just below it is less than the sum that wrapped? No.
    var high = try Script(vcpus: 1)
    _ = try high.perform(.hostWriteTSC(vcpu: 0, .max))
    #expect(try high.perform(.hostWriteTSC(vcpu: 0, .max - 5)).isMatched == false)
    // Expected 5, a value of 1: nothing wraps, though the lower bound would be negative.
    var low = try Script(vcpus: 1)
    _ = try low.perform(.hostWriteTSC(vcpu: 0, 5))
    #expect(try low.perform(.hostWriteTSC(vcpu: 0, 1)).isMatched == true)
    #expect(try low.perform(.hostWriteTSC(vcpu: 0, .max)).isMatched == false)
  }

  @Test("the older comparison rounds to microseconds, which moves its edges by less than one")
  func microseconds() throws {
    for (value, isMatched) in [
      (2_500_000_000, false), (2_499_999_999, true), (2_499_997_501, true),
    ] as [(UInt64, Bool)] {
      var script = try Script(rules: .linux3_16, vcpus: 1)
      // 999 ns pass: as a microsecond count, none.
      let decision = try script.perform(after: 999, .hostWriteTSC(vcpu: 0, value))
      #expect(decision.isMatched == isMatched, "\(value)")
    }
    var cycles = try Script(rules: .linux4_12, vcpus: 1)
    #expect(try cycles.perform(after: 999, .hostWriteTSC(vcpu: 0, 2_500_000_000)).isMatched == true)
  }

  @Test("the older comparison is of microseconds modulo 2^64")
  func microsecondsWrap() throws {
    var script = try Script(kilohertz: 1, rules: .linux3_16, vcpus: 1)
    // 2^60 cycles of a millisecond each are 2^63 microseconds, and one less after one has passed.
    let decision = try script.perform(after: 1000, .hostWriteTSC(vcpu: 0, 1 << 60))
    #expect(decision.isMatched == false)
    #expect(decision.guestTSC == 1 << 60)
  }

  @Test("the window slides with every write")
  func slidingWindow() throws {
    var script = try Script(vcpus: 3)
    let value: UInt64 = 100_000_000_000
    _ = try script.perform(.hostWriteTSC(vcpu: 0, value))
    #expect(try script.perform(after: 970_000_000, .hostWriteTSC(vcpu: 1, value)).isMatched == true)
    #expect(try script.perform(after: 40_000_000, .hostWriteTSC(vcpu: 2, value)).isMatched == true)
    #expect(script.tracker.state.vcpus[2].offset == script.tracker.state.vcpus[0].offset)
  }

  @Test("a vCPU of another frequency does not match")
  func otherFrequency() throws {
    var script = try Script(vcpus: 2)
    script.tracker.state.host.scaling = .svm
    script.tracker.state.vcpus[1].ratio = 1 << 32
    script.tracker.state.vcpus[0].ratio = 1 << 32
    _ = try script.perform(.setFrequency(vcpu: 1, kilohertz: 1_250_000))
    let other = try script.perform(.hostWriteTSC(vcpu: 1, 0))
    #expect(other.reason == .otherFrequency(lastKilohertz: 2_500_000))
    #expect(other.guestTSC == 0)
    let back = try script.perform(.hostWriteTSC(vcpu: 0, 0))
    #expect(back.reason == .otherFrequency(lastKilohertz: 1_250_000))
    #expect(!back.canUseMasterClock)
  }

  @Test(
    "the offset attribute is exact, and matches the offset of the last write",
    arguments: [1, 2_500_000] as [UInt32])
  func offsetAttribute(kilohertz: UInt32) throws {
    var script = try Script(kilohertz: kilohertz, vcpus: 2)
    let first = try script.perform(after: 77, .hostWriteOffset(vcpu: 0, 12_345))
    #expect(first.isMatched == false)
    #expect(first.offset == 12_345)
    #expect(!first.canUseMasterClock)
    let second = try script.perform(after: 5_000_000_000, .hostWriteOffset(vcpu: 1, 12_345))
    #expect(second.reason == .sameOffset)
    #expect(second.canUseMasterClock)
    // It has counted as a user's write, with the value that the guest then saw.
    let value = second.guestTSC + UInt64(kilohertz) * 999
    #expect(
      try script.perform(.hostWriteTSC(vcpu: 0, value)).reason
        == .withinSecond(expected: second.guestTSC))
  }

  @Test("on an unstable host, a matched write gets what time passed since the last one")
  func unstable() throws {
    var script = try Script(vcpus: 2)
    script.tracker.changeHostClock(isStable: false, isClockSource: false)
    let value: UInt64 = 50_000_000_000
    _ = try script.perform(.hostWriteTSC(vcpu: 0, value))
    let second = try script.perform(after: 200_000_000, .hostWriteTSC(vcpu: 1, value))
    #expect(second.isMatched == true)
    #expect(second.guestTSC == value + 500_000_000)
    #expect(!second.canUseMasterClock)
  }

  @Test("a matched value that is recorded as written misleads the next; repaired, it does not")
  func recordedValue() throws {
    func restore(_ rules: TSCRuleSet) throws -> TSCDecision {
      var script = try Script(rules: rules, vcpus: 1)
      let start = try script.perform(.hostWriteTSC(vcpu: 0, 1_000_000_000))
      _ = try script.perform(after: 1_000_000_000_000, .createVCPU)
      // What vCPU 0's TSC shows at this moment.
      return try script.perform(.hostWriteTSC(vcpu: 1, start.guestTSC + 2_500_000_000_000))
    }
    #expect(try restore(.linux6_7).reason == .beyondSecond(expected: 0))
    #expect(try restore(.repaired).reason == .withinSecond(expected: 2_501_000_000_000))
  }

  @Test(
    "a host that comes back from suspend with a lower TSC starts anew",
    arguments: [1, 2, 1_000_000_000] as [UInt64])
  func suspend(loss: UInt64) throws {
    var script = try Script(vcpus: 2)
    let before = script.tracker.guestTSC(at: script.now, vcpu: 1)
    script.now.tsc -= loss
    script.tracker.resumeHost(losing: loss)
    _ = try script.perform(.enterGuest(vcpu: 1))
    #expect(script.tracker.guestTSC(at: script.now, vcpu: 1) == before)
    #expect(!script.tracker.state.usesMasterClock)
    // Matched again, all of them, and still without a master clock.
    _ = try script.perform(.hostWriteTSC(vcpu: 0, 5_000_000_000))
    let matched = try script.perform(.hostWriteTSC(vcpu: 1, 5_000_000_000))
    #expect(matched.canUseMasterClock)
    _ = try script.perform(.enterGuest(vcpu: 1))
    #expect(!script.tracker.state.usesMasterClock)
  }
}
