import BugMuseum
import TSCReplay
import TestSupport
import Testing
import TimerModels

@Suite("Trace replay")
struct TraceReplayTests {
  /// A trace as a kernel writes it that behaves like a tracker.
  private struct Kernel<Tracker: TSCMatchingRules> {
    var tracker: Tracker
    var now = TSCHostTime(instant: Instant(nanoseconds: 1_000_000_000), tsc: 2_500_000_000)
    var text = ""

    init(_: Tracker.Type, rules: TSCRuleSet = .linux6_7) throws {
      tracker = Tracker(
        host: TSCHost(frequency: try TSCFrequency(kilohertz: 2_500_000)), rules: rules)
    }

    mutating func perform(afterMilliseconds milliseconds: UInt64 = 1, _ operation: TSCOperation)
      throws
    {
      now.instant = now.instant.adding(nanoseconds: milliseconds * 1_000_000)
      now.tsc += milliseconds * 2_500_000
      let usedBefore = tracker.state.usesMasterClock
      let decision = try tracker.perform(at: now, operation)
      let vcpu = decision.vcpu
      if decision.isMatched != nil || decision.offset != decision.previousOffset {
        text +=
          "1.0: kvm_write_tsc_offset: vcpu=\(vcpu) prev=\(decision.previousOffset) "
          + "next=\(decision.offset)\n"
      }
      if decision.isMatched != nil {
        text +=
          "1.0: kvm_track_tsc: vcpu_id \(vcpu) masterclock \(usedBefore ? 1 : 0) "
          + "offsetmatched \(decision.matchedCount) nr_online \(decision.vcpuCount) hostclock tsc\n"
      }
    }
  }

  @Test("the built-in trace is what the pre-fix kernel makes of the built-in sequence")
  func examplesAgree() throws {
    let sequence = try TSCSequence(parsing: Array(TSCExample.sequence.text.utf8))
    let prefix = SequenceReplay(sequence, on: MatchedOvercount.self)
    let tracks = try records(TSCExample.trace.text).compactMap { record -> [Int]? in
      guard case .track(let vcpu, _, let matched, let online, _) = record.event else { return nil }
      return [vcpu, matched, online]
    }
    let decisions = prefix.results.compactMap { result -> [Int]? in
      guard case .decided(let decision) = result, decision.isMatched != nil else { return nil }
      return [decision.vcpu, decision.matchedCount, decision.vcpuCount]
    }
    #expect(tracks == decisions)
    #expect(!prefix.verdict.isStable)
    #expect(SequenceReplay(sequence, on: TSCMatchingTracker.self).verdict.isStable)
    let found = try verdict(TSCExample.trace.text)
    #expect(!found.isStable)
    #expect(found.cause.contains("first at line 6 (1000.012001)"))
    #expect(found.cause.contains("0d3da0d26e3c"))
  }

  @Test("who fell out of the matched set, by which write, and how far")
  func lostVCPU() throws {
    var kernel = try Kernel(TSCMatchingTracker.self)
    for _ in 0..<3 { try kernel.perform(.createVCPU) }
    try kernel.perform(.hostWriteTSC(vcpu: 1, 10_000_000_000))
    try kernel.perform(.hostWriteTSC(vcpu: 2, 10_000_000_000))
    let found = try verdict(kernel.text)
    #expect(!found.isStable)
    #expect(found.matched == 1 && found.online == 3 && found.outside == [0])
    // Since creation, three milliseconds earlier, its TSC had counted 7 500 000.
    #expect(
      found.cause
        == "only 2 of 3 vCPUs match, since vCPU 1's write at line 8 (1.0) put its offset +9992500000 "
        + "cycles from the set's; vCPU 0 fell out of the matched set and did not come back")
    try kernel.perform(.hostWriteTSC(vcpu: 0, 10_000_000_000))
    #expect(try verdict(kernel.text).isStable)
  }

  @Test("a trace's matches are the tracker's, for any sequence of writes")
  func agreesWithTracker() throws {
    for seed in UInt64(0)..<200 {
      var random = SplitMix64(seed: seed)
      var kernel = try Kernel(
        TSCMatchingTracker.self, rules: seed % 2 == 0 ? .linux6_7 : .linux4_12)
      try kernel.perform(.createVCPU)
      for _ in 0..<30 {
        let count = kernel.tracker.state.vcpus.count
        let vcpu = Int.random(in: 0..<count, using: &random)
        let value = UInt64.random(in: 0...3, using: &random) * 1_500_000_000
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where count < 5: try kernel.perform(.createVCPU)
        case 1: try kernel.perform(.guestWriteTSC(vcpu: vcpu, random.next()))
        case 2: try kernel.perform(.hostWriteOffset(vcpu: vcpu, value))
        default: try kernel.perform(.hostWriteTSC(vcpu: vcpu, value))
        }
        let state = kernel.tracker.state
        let outside = (0..<state.vcpus.count).filter {
          state.vcpus[$0].generation != state.generation
        }
        let found = try verdict(kernel.text)
        if found.isStable != kernel.tracker.canUseMasterClock || found.outside != outside {
          Issue.record("seed \(seed): \(found), not \(outside) outside\n\(kernel.text)")
          return
        }
      }
    }
  }

  @Test("the host's clock, or KVM itself, rules the master clock out")
  func ruledOut() throws {
    let track = "1.0: kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock "
    #expect(try verdict(track + "hpet\n").cause == "the host keeps time by hpet, not by its TSC")
    #expect(try verdict(track + "tsc\n").isStable)
    let update = "1.1: kvm_update_master_clock: masterclock 0 hostclock tsc offsetmatched 1\n"
    let refused = try verdict(track + "tsc\n" + update)
    #expect(!refused.isStable)
    #expect(refused.cause.contains("TSC go back"))
  }

  @Test("offsets alone, and offsets that do not go on, allow no verdict")
  func remarks() throws {
    let write = "kvm_write_tsc_offset: vcpu=0 prev=5 next=6\n"
    let offsets = try verdict(write + write)
    #expect(!offsets.isStable && offsets.matched == nil)
    #expect(offsets.remarks == [] && offsets.doubts.count == 2 && !offsets.isKnown)
    #expect(offsets.doubts[0].hasSuffix("offset was 6, and this write continues from 5"))
    #expect(offsets.doubts[1] == "no kvm_track_tsc event says who is matched")
    #expect(offsets.text.contains("cannot be said"))
  }

  @Test("without the offsets, a count that falls to 0 shows a new generation")
  func tracksOnly() throws {
    let text = [(0, 0, 1), (1, 1, 2), (0, 1, 2), (0, 0, 2)].map { vcpu, matched, online in
      "kvm_track_tsc: vcpu_id \(vcpu) masterclock 0 offsetmatched \(matched) nr_online \(online) "
        + "hostclock tsc\n"
    }
    #expect(try verdict(text.dropLast().joined()).isStable)
    let found = try verdict(text.joined())
    #expect(!found.isStable && found.outside == [1])
  }

  @Test("each event says what it means")
  func meanings() throws {
    var kernel = try Kernel(TSCMatchingTracker.self)
    try kernel.perform(.createVCPU)
    try kernel.perform(.createVCPU)
    try kernel.perform(.hostWriteTSC(vcpu: 1, 1 << 40))
    var replay = TraceReplay()
    let meanings = try records(kernel.text).map { replay.explain($0) }
    #expect(meanings[3] == "vCPU 1: matched; 1 + 1 of 2 matched; master clock possible")
    #expect(meanings[4].hasSuffix("(+1099506627776), +1099506627776 from the matched set's"))
    #expect(
      meanings[5]
        == "vCPU 1: new generation, its offset +1099506627776 from the one before; vCPU 0 out of the "
        + "matched set; 0 + 1 of 2 matched; master clock ruled out")
  }
}
