internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// Saving a machine that is paused.
extension Machine {
  /// Writes the machine to a file, which takes the place of what was there at once or not at all.
  ///
  /// What is read in which order, and why: ``StateOrder/saving``.
  ///
  /// Assumes: ``isPaused``.
  ///
  /// - Parameter path: The file.
  /// - Throws: ``CheckpointError`` naming the request or the file.
  func writeCheckpoint(to path: String) throws(CheckpointError) {
    var writer = CheckpointWriter()
    do throws(KVMError) {
      for stage in StateOrder.saving.stages {
        switch stage {
        case .once(let pieces): for piece in pieces { try capture(piece, &writer) }
        case .eachVCPU(let pieces):
          for vcpu in vcpus { for section in try read(vcpu, pieces) { writer.add(section) } }
        }
      }
    } catch { throw .machine(.kvm(error)) }
    if let author = configuration.checkpoint?.author, !author.isEmpty {
      writer.add(SectionName(.author), Array(author.utf8.prefix(CheckpointFile.authorSizeMax)))
    }
    do { try writer.write(to: path, memory: shared.handle.memory) } catch { throw .file(error) }
    checkpoints.written.add(1, ordering: .sequentiallyConsistent)
  }

  private func capture(
    _ piece: StatePiece, _ writer: inout CheckpointWriter
  ) throws(KVMError) {
    switch piece {
    case .timerExpiry: if configuration.hasKernelTimer { try shared.handle.waitForLastCount() }
    case .controller(let controller):
      guard configuration.irqchip == .kernel else { return }
      writer.add(
        SectionName(SectionTag(controller.rawValue)), try shared.handle.state(of: controller))
    case .lines: if let pins = bus.pins { writer.add(SectionName(.pins)) { pins.carry(by: &$0) } }
    case .timer:
      guard configuration.hasKernelTimer else { return }
      let timer = try KernelTimerState(shared.handle.timerState())
      writer.add(SectionName(.kernelTimer), timer.bytes)
    case .devices: captureDevices(&writer)
    case .clocks: try captureMachine(&writer)
    default: preconditionFailure("\(piece) is a vCPU's, or none to save")
    }
  }

  private func captureDevices(_ writer: inout CheckpointWriter) {
    if let split = bus.split {
      writer.add(SectionName(.ioapic)) { split.carry(by: &$0) }
    }
    if let foreign = wiring.foreign {
      var record = ForeignRecord(foreign.identity)
      writer.add(SectionName(.foreign)) { record.carry(by: &$0) }
    }
    for own in wiring.devices {
      writer.add(SectionName(.cp0, UInt32(own.cpu))) { own.cp0.carry(by: &$0) }
      writer.add(SectionName(.genericTimer, UInt32(own.cpu))) { own.genericTimer.carry(by: &$0) }
    }
    writer.add(SectionName(.controller)) { wiring.controller.carry(by: &$0) }
    writer.add(SectionName(.serial)) { bus.serial.carry(by: &$0) }
    writer.add(SectionName(.lab)) { bus.lab.carry(by: &$0) }
    if configuration.isPC { writer.add(SectionName(.pc)) { bus.pc.carry(by: &$0) } }
    if let test = bus.test { writer.add(SectionName(.test)) { test.carry(by: &$0) } }
  }

  private func captureMachine(_ writer: inout CheckpointWriter) throws(KVMError) {
    var record = MachineRecord()
    record.cpus = configuration.cpus
    record.irqchip = configuration.irqchip
    record.time = configuration.time
    record.now = presentOfTimers()
    record.realTime = RealTimeClock.now()
    record.tscKilohertz = try vcpus[0].handle.tscFrequency()
    record.hostTSC = HostTSC.now()
    record.kernelClock = try shared.handle.clock().nanoseconds
    record.nextVirtualTurn = nextVirtualTurn.withLock { $0 }
    writer.add(SectionName(.machine)) { record.carry(by: &$0) }
  }

  /// The present, no earlier than any timer was told (``TimerTimeRules``): the clock continues from it.
  ///
  /// Assumes: the vCPUs are parked, so none is told more.
  private func presentOfTimers() -> Instant {
    let reached = wiring.devices.reduce(Instant.origin) { max($0, $1.reached) }
    var now = clock.now()
    while now < reached {
      SpinWait.hint()
      now = clock.now()
    }
    return now
  }

  // MARK: vCPUs

  private typealias Sections = [SectionName: [UInt8]]

  /// Reads a vCPU's pieces, so that nothing of its local APIC's timer is between two of them.
  ///
  /// The timer runs on meanwhile. What expires after the vCPU was settled may show in a count that was read later, and
  /// not in IRR. So the vCPU is settled again: if that changes IRR or ISR, all is read anew.
  ///
  /// *Why that ends:* a bit that is set in IRR hides the next expiry, as it does in KVM, where both are one
  /// interrupt then. It leaves IRR once at most: an interrupt that is in delivery keeps others from it.
  ///
  /// *Why a count of 0 is waited for:* it stays so from a tick before the expiry until the host's timer interrupt,
  /// which may be late. A host timer that is set now, on the processor on which KVM's is, comes after that.
  private func read(_ vcpu: VCPU, _ pieces: [StatePiece]) throws(KVMError) -> Sections {
    while true {
      var sections = try readOnce(vcpu, pieces)
      let name = SectionName(.init(VCPUStatePart.localAPIC.rawValue), UInt32(vcpu.index))
      guard let bytes = sections[name] else { return sections }
      var page = LocalAPICPage(bytes)
      if page.hasRunOut && !page.isTimerRequested { Self.wait(nanoseconds: 200_000) }
      try settle(vcpu)
      guard try vcpu.handle.state(.localAPIC).map(LocalAPICPage.init)?.interrupts == page.interrupts
      else { continue }
      page.stopSpentTimer()
      sections[name] = page.bytes
      return sections
    }
  }

  private func readOnce(_ vcpu: VCPU, _ pieces: [StatePiece]) throws(KVMError) -> Sections {
    let instance = UInt32(vcpu.index)
    var sections = Sections()
    for piece in pieces {
      switch piece {
      case .settling: try settle(vcpu)
      case .vcpu(let part):
        sections[SectionName(SectionTag(part.rawValue), instance)] = try vcpu.handle.state(part)
      case .tscOffset:
        guard vcpu.handle.hasTSCOffset else { continue }
        var offset = try vcpu.handle.tscOffset()
        var writer = SectionWriter()
        writer.carry(&offset)
        sections[SectionName(.tscOffset, instance)] = writer.bytes
      case .loop:
        var writer = SectionWriter()
        vcpu.carry(by: &writer)
        sections[SectionName(.loop, instance)] = writer.bytes
      default: preconditionFailure("\(piece) is not a vCPU's, or not one to save")
      }
    }
    return sections
  }

  /// Settles a vCPU, whose thread is parked and has settled it once (``VCPULoop/settle()``).
  ///
  /// *Why an exit is of no account:* the guest has executed nothing since, so there is no EOI to hear of. What
  /// keeps KVM from entering the guest otherwise, the next entry comes to again.
  private func settle(_ vcpu: VCPU) throws(KVMError) {
    guard configuration.irqchip != .user else { return }
    if case .endOfInterrupt = try vcpu.handle.settle() {
      preconditionFailure("an EOI of a vCPU that did not run")
    }
  }

  private static func wait(nanoseconds: UInt64) {
    let end = MonotonicClock.now() + nanoseconds
    while MonotonicClock.now() < end { Poller.pause(until: end) }
  }
}

extension CheckpointWriter {
  fileprivate mutating func add(_ section: (key: SectionName, value: [UInt8])) {
    add(section.key, section.value)
  }
}

/// The sections that this program defines.
///
/// The kernel's structures have their own tags: ``VCPUStatePart``, ``KernelController``.
extension SectionTag {
  static let author: SectionTag = "PROG"
  static let machine: SectionTag = "MACH"
  static let loop: SectionTag = "LOOP"
  static let tscOffset: SectionTag = "TSCO"
  static let ioapic: SectionTag = "IOAS"
  static let pins: SectionTag = "PINS"
  static let kernelTimer: SectionTag = "PIT2"
  static let cp0: SectionTag = "CP0 "
  static let genericTimer: SectionTag = "GTIM"
  static let controller: SectionTag = "GIC "
  static let foreign: SectionTag = "FDEV"
  static let serial: SectionTag = "UART"
  static let lab: SectionTag = "LAB "
  static let pc: SectionTag = "PC  "
  static let test: SectionTag = "TEST"
}
