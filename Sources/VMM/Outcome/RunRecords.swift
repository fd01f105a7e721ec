/// What the vCPU threads of a run leave behind.
struct RunRecords: Sendable {
  /// Empty unless exits are recorded.
  private(set) var recorders: [ExitRecorder] = []
  private(set) var waitingCost = WaitingCost()
  private(set) var advance = AdvanceUse()
  /// Each vCPU's, where interrupts are kept.
  private(set) var delivered: [Int: VCPULoopRecords] = [:]
  /// Empty unless the guest fell.
  private(set) var recentExits: [RecentExitsOfCPU] = []

  /// Takes what a loop that has ended recorded.
  mutating func take(_ loop: VCPULoop, _ configuration: MachineConfiguration) {
    if !configuration.recording.isEmpty { recorders.append(loop.recorder) }
    waitingCost.add(loop.waitingCost)
    advance.add(loop.advanceUse)
    if loop.machine.result?.isFall == true { recentExits.append(loop.recentExitsOfCPU) }
    if configuration.delivery != nil {
      delivered[loop.vcpu.index] = VCPULoopRecords(
        records: loop.records, lostBytes: loop.lostRecordBytes, stamps: loop.stamps,
        samples: loop.samples)
    }
  }
}
