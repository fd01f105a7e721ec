import Testing
import TimerModels

/// What a decision says to a person.
@Suite("TSC decisions in words")
struct TSCDecisionTests {
  @Test(
    "a decision is told with its reason, the generation, the set, the offset and the master clock")
  func sentences() throws {
    var script = try TSCScript<TSCMatchingTracker>(kilohertz: 1_000_000)
    func expect(_ text: String, after nanoseconds: UInt64 = 0, _ operation: TSCOperation) throws {
      #expect(try script.perform(after: nanoseconds, operation).description == text)
    }
    try expect(
      "vCPU 0: new generation (the VM's first TSC write); generation 1, 0 + 1 of 1 matched, "
        + "offset -1000000000000, master clock possible, update requested", .createVCPU)
    try expect(
      "vCPU 1: matched (a new vCPU always synchronises); generation 1, 1 + 1 of 2 matched, "
        + "offset -1000000000000, master clock possible, update requested", .createVCPU)
    try expect(
      "vCPU 1: new generation (user space's first write is taken as it is); generation 2, "
        + "0 + 1 of 2 matched, offset -999999999995, master clock ruled out",
      .hostWriteTSC(vcpu: 1, 5))
    try expect(
      "vCPU 0: matched (within 1 s of the expected 12); generation 2, 1 + 1 of 2 matched, "
        + "offset -999999999995, master clock possible, update requested",
      after: 7, .hostWriteTSC(vcpu: 0, 1))
    try expect(
      "vCPU 1: unchanged (guest entry); generation 2, 1 + 1 of 2 matched, "
        + "offset -999999999995, master clock possible", .enterGuest(vcpu: 1))
  }

  @Test("an entry is told with the cycles by which it was caught up, if there were any")
  func entries() {
    #expect(TSCReason.entered(caughtUp: 0).description == "guest entry")
    #expect(
      TSCReason.entered(caughtUp: 1).description == "guest entry, caught up by 1 cycle")
    #expect(
      TSCReason.entered(caughtUp: 2).description == "guest entry, caught up by 2 cycles")
  }
}
