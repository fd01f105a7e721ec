internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// The parts of a machine in the order in which they are saved.
///
/// Any order gives a checkpoint that restores to the same machine: neither another part's saving nor time
/// that passes in between changes what a part means (upstream commit 1a74847885cc).
enum CapturedPart: CaseIterable {
  case machine, vcpus, kernelControllers, splitController, timers, controller, devices
}

/// Saving a machine that is paused.
extension Machine {
  /// Writes the machine to a file, which takes the place of what was there at once or not at all.
  ///
  /// Assumes: ``isPaused``.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - order: In which order the parts are looked at.
  /// - Throws: ``CheckpointError`` naming the request or the file.
  func writeCheckpoint(
    to path: String, _ order: [CapturedPart] = CapturedPart.allCases
  ) throws(CheckpointError) {
    var writer = CheckpointWriter()
    for part in order {
      do throws(KVMError) { try capture(part, &writer) } catch { throw .machine(.kvm(error)) }
    }
    do { try writer.write(to: path, memory: shared.handle.memory) } catch { throw .file(error) }
    checkpoints.written.add(1, ordering: .sequentiallyConsistent)
  }

  private func capture(_ part: CapturedPart, _ writer: inout CheckpointWriter) throws(KVMError) {
    switch part {
    case .machine: try captureMachine(&writer)
    case .vcpus: for vcpu in vcpus { try capture(vcpu, &writer) }
    case .kernelControllers: try captureKernelControllers(&writer)
    case .splitController:
      if let split = bus.split { writer.add(SectionName(.ioapic)) { split.carry(by: &$0) } }
    case .timers:
      for own in wiring.devices {
        writer.add(SectionName(.cp0, UInt32(own.cpu))) { own.cp0.carry(by: &$0) }
        writer.add(SectionName(.genericTimer, UInt32(own.cpu))) {
          own.genericTimer.carry(by: &$0)
        }
      }
    case .controller: writer.add(SectionName(.controller)) { wiring.controller.carry(by: &$0) }
    case .devices:
      writer.add(SectionName(.serial)) { bus.serial.carry(by: &$0) }
      writer.add(SectionName(.lab)) { bus.lab.carry(by: &$0) }
      if configuration.isPC { writer.add(SectionName(.pc)) { bus.pc.carry(by: &$0) } }
    }
  }

  private func captureMachine(_ writer: inout CheckpointWriter) throws(KVMError) {
    var record = MachineRecord()
    record.cpus = configuration.cpus
    record.irqchip = configuration.irqchip
    record.time = configuration.time
    record.now = clock.now()
    record.realTime = RealTimeClock.now()
    record.tscKilohertz = try vcpus[0].handle.tscFrequency()
    record.hostTSC = HostTSC.now()
    record.kernelClock = try shared.handle.clock().nanoseconds
    record.nextVirtualTurn = nextVirtualTurn.withLock { $0 }
    writer.add(SectionName(.machine)) { record.carry(by: &$0) }
  }

  private func capture(_ vcpu: VCPU, _ writer: inout CheckpointWriter) throws(KVMError) {
    for part in VCPUStatePart.readingOrder {
      guard let bytes = try vcpu.handle.state(part) else { continue }
      writer.add(SectionName(SectionTag(part.rawValue), UInt32(vcpu.index)), bytes)
    }
    if vcpu.handle.hasTSCOffset {
      var offset = try vcpu.handle.tscOffset()
      writer.add(SectionName(.tscOffset, UInt32(vcpu.index))) { $0.carry(&offset) }
    }
    writer.add(SectionName(.loop, UInt32(vcpu.index))) { vcpu.carry(by: &$0) }
  }

  private func captureKernelControllers(_ writer: inout CheckpointWriter) throws(KVMError) {
    guard configuration.irqchip == .kernel else { return }
    for controller in KernelController.allCases {
      writer.add(
        SectionName(SectionTag(controller.rawValue)), try shared.handle.state(of: controller))
    }
  }
}

/// The sections that this program defines.
///
/// The kernel's structures have tags of their own: ``VCPUStatePart``, ``KernelController``.
extension SectionTag {
  static let machine: SectionTag = "MACH"
  static let loop: SectionTag = "LOOP"
  static let tscOffset: SectionTag = "TSCO"
  static let ioapic: SectionTag = "IOAS"
  static let cp0: SectionTag = "CP0 "
  static let genericTimer: SectionTag = "GTIM"
  static let controller: SectionTag = "GIC "
  static let serial: SectionTag = "UART"
  static let lab: SectionTag = "LAB "
  static let pc: SectionTag = "PC  "
}
