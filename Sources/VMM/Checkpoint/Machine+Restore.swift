public import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// Bringing a machine back.
extension Machine {
  /// Where its interrupt controllers are, which a checkpoint says of a machine.
  public var irqchip: IRQChip { configuration.irqchip }
  /// How its time passes, which a checkpoint says of a machine.
  public var time: TimeSource { configuration.time }

  /// Builds a machine from a checkpoint.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - configuration: How the run is watched; what the machine is made of comes from the file.
  ///   - system: The open `/dev/kvm`.
  ///   - countsStoppedTime: Whether the time since the checkpoint, by the host's wall clock, has passed
  ///     for the machine; not in virtual time.
  /// - Throws: ``CheckpointError`` with the reason; no instruction of the guest's ran.
  public convenience init(
    restoring path: String, _ configuration: MachineConfiguration,
    on system: borrowing KVMSystem, countsStoppedTime: Bool
  ) throws(CheckpointError) {
    var reader = try CheckpointReader(reading: path)
    reader.passOver(SectionName(.author))
    var record = MachineRecord()
    try reader.read(.machine) { section throws(CheckpointFileError) in
      try record.carry(by: &section)
    }
    var configuration = configuration
    configuration.cpus = record.cpus
    configuration.memorySize = reader.file.memorySize
    configuration.irqchip = record.irqchip
    configuration.time = record.time
    // Where they cannot be, nothing asks for the sections, and they are refused.
    configuration.isPC = record.irqchip == .kernel && reader.contains(SectionName(.pc))
    configuration.hasKernelTimer =
      record.irqchip == .kernel && reader.contains(SectionName(.kernelTimer))
    configuration.hasTestDevice = reader.contains(SectionName(.test))
    var stopped: UInt64 = 0
    if countsStoppedTime && record.time == .host {
      let wallClock = RealTimeClock.now()
      // One that was set back says nothing.
      stopped = wallClock - min(wallClock, record.realTime)
    }
    do { try record.letPass(stopped) } catch { throw .file(error) }
    guard reader.contains(SectionName(.foreign)) == (configuration.adapter != nil) else {
      throw .unsuitableHost(
        configuration.adapter == nil
          ? "the machine had a device that is not ours: it needs --device"
          : "the machine had no device that is not ours: it takes no --device")
    }
    try Self.requireRAM(of: configuration.memorySize)
    let memory: GuestMemory
    do { memory = try reader.file.memory() } catch { throw .file(error) }
    do {
      try self.init(
        configuration, on: system, memory: memory,
        clock: record.time.makeClock(showing: record.now), isRestored: true)
    } catch { throw .machine(error) }
    nextVirtualTurn.withLock { $0 = record.nextVirtualTurn }
    try requireFeatures(&reader)
    let isScaled = try setTSCFrequency(record.tscKilohertz, system)
    try restore(&reader, record, hasScaledTSC: isScaled)
    do { try wiring.foreign?.check() } catch { throw .machine(.adapter(error)) }
  }

  /// Brings back what a checkpoint holds; memory is in place already.
  ///
  /// What is written in which order, and why: ``StateOrder/restoring``. Timers
  /// and the platform's interrupt controller come in any order: a generic timer is at work as soon as it
  /// has its state, and while the controller has none it takes no inputs; in the end all look again, and
  /// what was not heard is said then.
  private func restore(
    _ contents: inout CheckpointReader, _ record: MachineRecord, hasScaledTSC: Bool
  ) throws(CheckpointError) {
    // One reading for all vCPUs: equal offsets stay equal, and matched TSCs matched.
    let drift = hasScaledTSC ? nil : record.hostTSC &- HostTSC.now()
    for stage in StateOrder.restoring.stages {
      switch stage {
      case .once(let pieces): for piece in pieces { try restore(piece, &contents, record) }
      case .eachVCPU(let pieces):
        for vcpu in vcpus {
          for piece in pieces { try restore(piece, of: vcpu, &contents, tscDrift: drift) }
        }
      }
    }
  }

  private func restore(
    _ piece: StatePiece, _ contents: inout CheckpointReader, _ record: MachineRecord
  ) throws(CheckpointError) {
    switch piece {
    case .clocks: try kvm { () throws(KVMError) in try shared.handle.setClock(record.kernelClock) }
    case .controller(let controller):
      guard configuration.irqchip == .kernel else { return }
      let bytes = try contents.bytes(of: SectionName(SectionTag(controller.rawValue)))
      try kvm { () throws(KVMError) in try shared.handle.setState(of: controller, bytes) }
    case .lines:
      // Files of before levels were remembered have none.
      guard let pins = bus.pins, contents.contains(SectionName(.pins)) else { return }
      try contents.read(.pins) { reader throws(CheckpointFileError) in try pins.carry(by: &reader) }
      try kvm { () throws(KVMError) in try pins.repeatLevels() }
    case .spentTimer, .timer: try restoreKernelTimer(&contents, countsOnce: piece == .spentTimer)
    case .devices: try restoreDevices(&contents)
    case .levels:
      try contents.finish()
      try sayLevels()
    default: preconditionFailure("\(piece) is a vCPU's, or none to restore")
    }
  }

  /// Sets the i8254 if its channel counts once, or if it counts again and again, as is asked for.
  ///
  /// A channel that counts once has counted: saving waited for that.
  private func restoreKernelTimer(
    _ contents: inout CheckpointReader, countsOnce: Bool
  ) throws(CheckpointError) {
    guard configuration.hasKernelTimer else { return }
    let bytes = try contents.bytes(of: SectionName(.kernelTimer))
    try kvm { () throws(KVMError) in
      let timer = try KernelTimerState(bytes)
      guard (timer.longestLastCount != nil) == countsOnce else { return }
      if countsOnce {
        try shared.handle.restoreSpent(timer)
      } else {
        try shared.handle.setTimerState(timer.bytes)
      }
    }
  }

  /// All say their levels.
  ///
  /// *Why a Count/Compare timer is not woken:* a look at the time changes it, where a match is met and the
  /// alarm, up to a tick later, is not. The machine that was saved would not have looked now. Its line and
  /// its host timer follow from the state; an alarm that has passed expires at once.
  private func sayLevels() throws(CheckpointError) {
    try kvm { () throws(KVMError) in
      try bus.pins?.repeatLevels()
      try bus.split?.settle(unended: unendedVectors())
      for own in wiring.devices {
        try own.cp0.resample()
        try own.genericTimer.wakeUp()
        own.cp0.beginTrace()
        own.genericTimer.beginTrace()
      }
      try wiring.controller.settle()
      try bus.serial.withDevice { _ in }
      // KVM's pins and a split controller have been given the levels of all lines.
      if configuration.irqchip == .user { try bus.test?.repeatLevels() }
    }
  }

  /// The vectors that local APICs in the kernel have taken and the guest has not ended.
  private func unendedVectors() throws(KVMError) -> Set<UInt8> {
    var vectors: Set<UInt8> = []
    for vcpu in vcpus {
      guard let registers = try vcpu.handle.state(.localAPIC) else { continue }
      vectors.formUnion(VCPUStatePart.unendedVectors(ofLocalAPIC: registers))
    }
    return vectors
  }

  /// Brings back a piece of a vCPU's.
  ///
  /// *Why the TSC by its offset:* it needs no moment, while KVM's idea of a value written to IA32_TSC
  /// depends on when it comes and on what was written to other vCPUs.
  ///
  /// - Parameters:
  ///   - piece: Which.
  ///   - vcpu: The vCPU.
  ///   - contents: The checkpoint.
  ///   - tscDrift: What the offset changes by, so that the TSC continues from where it was; nil where it
  ///     is scaled, and its value must do.
  /// - Throws: ``CheckpointError`` with the reason.
  private func restore(
    _ piece: StatePiece, of vcpu: VCPU, _ contents: inout CheckpointReader, tscDrift: UInt64?
  ) throws(CheckpointError) {
    switch piece {
    case .tscOffset: try restoreTSCOffset(of: vcpu, &contents, tscDrift)
    case .vcpu(let part):
      if part == .localAPIC && configuration.irqchip == .user { return }
      let name = SectionName(SectionTag(part.rawValue), UInt32(vcpu.index))
      let saved = try contents.bytes(of: name)
      let setsOffset = setsTSCOffset(of: vcpu, contents, tscDrift)
      try kvm { () throws(KVMError) in
        let bytes =
          setsOffset && part == .modelSpecificRegisters
          ? try VCPUStatePart.withoutTSC(saved) : saved
        try vcpu.handle.setState(part, bytes)
      }
    case .loop:
      try contents.read(.loop, vcpu.index) { reader throws(CheckpointFileError) in
        try vcpu.carry(by: &reader)
        try reader.require(
          configuration.irqchip == .user || vcpu.isRunning && vcpu.requestedStartPage == nil,
          "a vCPU rests in this program, and the controllers are in the kernel")
      }
    case .entry:
      // What kvm_run says of interrupts is computed by an entry; without one the first look at it would
      // find nothing. It was never entered, and was saved with its last exit completed: nothing is left.
      try kvm { () throws(KVMError) in
        let exit = try vcpu.handle.completeExit()
        precondition(exit == .interrupted, "a vCPU that never ran stopped by \(exit)")
      }
    default: preconditionFailure("\(piece) is no vCPU's, or none to restore")
    }
  }

  /// Whether the TSC is set by its offset; otherwise its value is among the MSRs.
  private func setsTSCOffset(
    of vcpu: VCPU, _ contents: borrowing CheckpointReader, _ drift: UInt64?
  ) -> Bool {
    drift != nil && vcpu.handle.hasTSCOffset
      && contents.file.contains(SectionName(.tscOffset, UInt32(vcpu.index)))
  }

  private func restoreTSCOffset(
    of vcpu: VCPU, _ contents: inout CheckpointReader, _ drift: UInt64?
  ) throws(CheckpointError) {
    let isSet = setsTSCOffset(of: vcpu, contents, drift)
    guard contents.contains(SectionName(.tscOffset, UInt32(vcpu.index))) else { return }
    var offset: UInt64 = 0
    try contents.read(.tscOffset, vcpu.index) { section throws(CheckpointFileError) in
      try section.carry(&offset)
    }
    guard isSet, let drift else { return }
    let restored = offset &+ drift
    try kvm { () throws(KVMError) in
      guard let timeStampCounters else { return try vcpu.handle.setTSCOffset(restored) }
      try timeStampCounters.write(
        .hostWriteOffset(vcpu: vcpu.index, restored), by: .restoring, to: vcpu.handle
      ) { (handle) throws(KVMError) in try handle.setTSCOffset(restored) }
    }
  }

  private func restoreDevices(_ contents: inout CheckpointReader) throws(CheckpointError) {
    if let split = bus.split {
      try contents.read(.ioapic) { reader throws(CheckpointFileError) in
        try split.carry(by: &reader)
      }
    }
    if let foreign = wiring.foreign {
      var record = ForeignRecord(foreign.identity)
      try contents.read(.foreign) { reader throws(CheckpointFileError) in
        try record.carry(by: &reader)
      }
    }
    for own in wiring.devices {
      try contents.read(.cp0, own.cpu) { reader throws(CheckpointFileError) in
        try own.cp0.carry(by: &reader)
      }
      try contents.read(.genericTimer, own.cpu) { reader throws(CheckpointFileError) in
        try own.genericTimer.carry(by: &reader)
      }
      try kvm { () throws(KVMError) in try own.genericTimer.wakeUp() }
    }
    try contents.read(.controller) { reader throws(CheckpointFileError) in
      try wiring.controller.carry(by: &reader)
    }
    try contents.read(.serial) { reader throws(CheckpointFileError) in
      try bus.serial.carry(by: &reader)
    }
    try contents.read(.lab) { reader throws(CheckpointFileError) in try bus.lab.carry(by: &reader) }
    if let test = bus.test {
      try contents.read(.test) { reader throws(CheckpointFileError) in
        try test.carry(by: &reader)
      }
    }
    guard configuration.isPC else { return }
    try contents.read(.pc) { reader throws(CheckpointFileError) in try bus.pc.carry(by: &reader) }
  }

  private func kvm(_ body: () throws(KVMError) -> Void) throws(CheckpointError) {
    do { try body() } catch .unsuitableState(let reason) {
      throw .unsuitableHost("the saved state does not suit this host: \(reason)")
    } catch .failed(let error) where error.errno == .invalidArgument {
      // The requests are right: what they bring is not.
      throw .unsuitableHost("this host's KVM refuses the saved state: \(error)")
    } catch { throw .machine(.kvm(error)) }
  }

  // MARK: Whether this host can

  /// Refuses sizes that no run would be given: the kernel keeps books on all of RAM, used or not.
  private static func requireRAM(of size: Int) throws(CheckpointError) {
    let sizes = MachineConfiguration.memorySizes
    guard sizes.contains(size) else {
      throw .file(
        .malformed(
          offset: 48, reason: "RAM of \(size) bytes, not \(sizes.lowerBound) to \(sizes.upperBound)"
        ))
    }
    guard UInt64(size) <= HostMemory.total else {
      throw .unsuitableHost(
        "the guest has \(size >> 20) MiB of RAM, this host \(HostMemory.total >> 20) MiB")
    }
  }

  private func requireFeatures(_ contents: inout CheckpointReader) throws(CheckpointError) {
    let saved = try contents.bytes(of: SectionName(SectionTag(VCPUStatePart.features.rawValue)))
    var lacking: String?
    try kvm { () throws(KVMError) in
      let offered = try vcpus[0].handle.state(.features) ?? []
      lacking = try VCPUStatePart.featuresMissing(from: offered, of: saved)
    }
    if let lacking {
      throw .unsuitableHost("this host lacks what the guest was started on: \(lacking)")
    }
  }

  /// Gives the guest's TSCs the frequency that they had.
  ///
  /// *Why a tolerance:* a host measures its own frequency anew at each start; within 250 ppm KVM does
  /// not scale either.
  ///
  /// - Returns: Whether they are scaled.
  private func setTSCFrequency(
    _ saved: UInt32, _ system: borrowing KVMSystem
  ) throws(CheckpointError) -> Bool {
    var isScaled = false
    let canScale = system.value(of: .tscControl) > 0
    for vcpu in vcpus {
      var own: UInt32 = 0
      try kvm { () throws(KVMError) in own = try vcpu.handle.tscFrequency() }
      guard UInt64(max(own, saved) - min(own, saved)) * 4000 > UInt64(own) else { continue }
      guard canScale else {
        throw .unsuitableHost(
          "the guest's TSC runs at \(saved) kHz, this host's at \(own) kHz, and its KVM cannot scale it "
            + "(KVM_CAP_TSC_CONTROL)")
      }
      try kvm { () throws(KVMError) in try vcpu.handle.setTSCFrequency(saved) }
      isScaled = true
    }
    return isScaled
  }
}
