internal import KVM
internal import LinuxHost
internal import Synchronization

extension Machine {
  /// Looks at what is left of a guest that has fallen.
  ///
  /// For the supervising thread, when all others have ended. An access that was the last exit of a vCPU is
  /// not completed: its effects have no machine any more. So RIP may be that of the access or the next.
  ///
  /// - Parameter outcome: How the run ended.
  /// - Returns: What is left; nil for a guest that did not fall, or where KVM does not answer.
  func postMortem(of outcome: Outcome) -> PostMortem? {
    guard outcome.isFall else { return nil }
    let exits = records.withLock { $0.recentExits }
    let fallen = outcome.fallenCPU
    let ordered = vcpus.filter { $0.index == fallen } + vcpus.filter { $0.index != fallen }
    var parts: [VCPUPostMortem] = []
    do throws(KVMError) {
      for vcpu in ordered {
        let recent = exits.first { $0.cpu == vcpu.index }
        if let part = try postMortem(of: vcpu, recent) { parts.append(part) }
      }
    } catch { return nil }
    return PostMortem(vcpus: parts, fallen: fallen == nil ? parts.count : 1)
  }

  /// - Returns: What is left of a vCPU; nil where it was not started.
  ///
  /// *Order:* the run state and then the events come first: reading them moves what is pending into the
  /// registers (``VCPUStatePart/readingOrder``).
  private func postMortem(
    of vcpu: VCPU, _ recent: RecentExitsOfCPU?
  ) throws(KVMError) -> VCPUPostMortem? {
    let state = try vcpu.handle.runState()
    guard let last = recent, last.activity != .notStarted, state != .waitingForStartUp else {
      return nil
    }
    let exception = try vcpu.handle.lastException()
    let registers = GuestRegisters(
      try vcpu.handle.registers(), try vcpu.handle.specialRegisters())
    let isHalted = state == .halted || last.activity != .running
    return VCPUPostMortem(
      cpu: vcpu.index, activity: isHalted ? "halted" : "running", registers: registers,
      exception: exception.map {
        GuestException(vector: $0.vector, errorCode: $0.errorCode, isPending: $0.isPending)
      }, exits: last.exits, isShutDown: last.exits.last?.exit == .shutdown
    ) { place, count in shared.handle.memory.bytes(at: place, count: count) }
  }
}

/// The last exits of a vCPU whose thread has ended.
struct RecentExitsOfCPU: Sendable {
  let cpu: Int
  let activity: VCPUActivity
  let exits: [RecentExit]
}
