internal import GuestImages
internal import KVM
internal import LinuxHost
internal import TimerModels

/// What a machine is made of, part by part.
extension Machine {
  static func createVCPUs(
    _ configuration: MachineConfiguration, _ system: borrowing KVMSystem, _ shared: SharedVM,
    _ counters: TimeStampCounters?
  ) throws(KVMError) -> [VCPU] {
    switch configuration.irqchip {
    case .user: break
    case .kernel:
      try require(.irqchip, of: system, for: "--irqchip kernel")
      try shared.handle.createInterruptControllers()
      if configuration.hasKernelTimer || configuration.isPC { try shared.handle.createTimer() }
    case .split:
      try require(.splitIRQChip, of: system, for: "--irqchip split")
      try shared.handle.createLocalControllers(pins: IOAPIC.pins)
    }
    let features = try features(configuration, system)
    var vcpus: [VCPU] = []
    for index in 0..<configuration.cpus {
      let handle = try createVCPU(index, shared, counters)
      try handle.setFeatures(features, index: index)
      if configuration.isPC { try handle.connectPCInputs() }
      vcpus.append(
        VCPU(
          index: index, handle: handle, isStarted: index == 0 || configuration.irqchip != .user))
    }
    return vcpus
  }

  /// What CPUID shows: all that KVM can give, and what it leaves to this program.
  private static func features(
    _ configuration: MachineConfiguration, _ system: borrowing KVMSystem
  ) throws(KVMError) -> ProcessorFeatures {
    var features = try system.supportedFeatures()
    if features.showsHypervisorLeaves { features.set(.hypervisor, isShown: true) }
    if configuration.irqchip != .user && system.value(of: .tscDeadlineTimer) > 0 {
      features.set(.tscDeadline, isShown: true)
    }
    return features
  }

  /// Each vCPU's CP0 page.
  ///
  /// Where there is no controller each timer is wired to its own vCPU. The kernel's controllers have
  /// one pin for it, which is vCPU 0's.
  static func createCP0Pages<Timer: CountCompareRules>(
    _ rules: Timer.Type, _ configuration: MachineConfiguration, _ clock: MachineClock,
    _ vcpus: [VCPU], _ shared: any InterruptSink
  ) throws(SystemError) -> [any CountComparePage] {
    var pages: [any CountComparePage] = []
    for vcpu in vcpus {
      let sink: (any InterruptSink)? =
        configuration.irqchip == .user
        ? ProcessorPins(of: vcpu) : vcpu.index == 0 ? shared : nil
      pages.append(
        try CountCompareDevice<Timer>(
          clock, sink: sink, stampCapacity: configuration.stampCapacity(cpu: vcpu.index)))
    }
    return pages
  }

  /// An event for each output of the platform's interrupt controller, where the kernel has an IOAPIC.
  ///
  /// A split one takes no such events: there the guest's end of interrupt exits to this program
  /// anyway, and ``IOAPIC`` looks at the line again.
  static func createEventLines(
    _ configuration: MachineConfiguration, _ machine: SharedVM
  ) throws(MachineError) -> [EventLine] {
    guard configuration.irqchip == .kernel else { return [] }
    guard [nil, .irqfdResample].contains(configuration.timerRoute) else { return [] }
    var lines: [EventLine] = []
    for cpu in 0..<min(configuration.cpus, Int(PLATFORM_GIC_CPUS)) {
      lines.append(try EventLine(Int(PLATFORM_GIC_LINE) + cpu, of: machine))
    }
    return lines
  }

  /// A line to the kernel's controllers by the route that was asked for; nil: by the machine's own.
  static func createRoute(
    _ configuration: MachineConfiguration, _ line: Int, _ machine: SharedVM
  ) throws(MachineError) -> (any InterruptSink)? {
    guard configuration.irqchip == .kernel else { return nil }
    return switch configuration.timerRoute {
    case nil, .inject, .irqLine: nil
    case .irqfd: try EdgeEventLine(line, of: machine)
    case .irqfdResample: try EventLine(line, of: machine)
    case .msi: MessageLines(machine)
    }
  }

  /// Where the platform's interrupt controller leads, for each of the vCPUs that it can serve.
  static func controllerOutputs(
    _ configuration: MachineConfiguration, _ machine: SharedVM, _ vcpus: [VCPU],
    _ events: [EventLine], _ shared: any InterruptSink
  ) throws(MachineError) -> [ControllerOutput] {
    var outputs: [ControllerOutput] = []
    for vcpu in vcpus.prefix(Int(PLATFORM_GIC_CPUS)) {
      let line = Int(PLATFORM_GIC_LINE) + vcpu.index
      let sink: any InterruptSink =
        switch configuration.irqchip {
        case .user: ProcessorPins(of: vcpu)
        case .kernel where events.isEmpty:
          try createRoute(configuration, line, machine) ?? shared
        case .kernel: events[vcpu.index]
        case .split: shared
        }
      outputs.append(ControllerOutput(sink: sink, line: line))
    }
    return outputs
  }

  /// The platform's interrupt controller.
  static func createController<Controller: InterruptControllerRules>(
    _ rules: Controller.Type, isInitialised: Bool, outputs: [ControllerOutput]
  ) -> any PlatformInterruptController {
    InterruptControllerDevice<Controller>(outputs: outputs, isInitialised: isInitialised)
  }

  /// Each vCPU's generic timer; they share the origin of the virtual count.
  static func createGenericTimers<Timer: GenericTimerRules, Lines: LineMemoryRules>(
    _ rules: Timer.Type, _ lines: Lines.Type, _ configuration: MachineConfiguration,
    _ clock: MachineClock, _ controller: any PlatformInterruptController
  ) throws(SystemError) -> [any GenericTimerRegistersPage] {
    let registers = GenericTimer(at: clock.now()).registers
    var pages: [any GenericTimerRegistersPage] = []
    for cpu in 0..<configuration.cpus {
      // A timer whose vCPU the controller does not serve counts, and interrupts nobody.
      let inputs = cpu < controller.cpuCount ? PrivateInputs(of: controller, cpu: cpu) : nil
      pages.append(
        try GenericTimerDevice<Timer, Lines>(
          clock, registers: registers, sink: inputs,
          stampCapacity: configuration.stampCapacity(cpu: cpu)))
    }
    return pages
  }

  /// Creating a vCPU writes its TSC, so it cannot be looked at before.
  private static func createVCPU(
    _ index: Int, _ shared: SharedVM, _ counters: TimeStampCounters?
  ) throws(KVMError) -> VirtualCPU {
    guard let counters else { return try shared.handle.createVCPU(index) }
    return try counters.create { () throws(KVMError) in try shared.handle.createVCPU(index) }
  }

  /// Makes the guest's TSC writes exit, if they are to be explained.
  static func createTimeStampCounters(
    _ configuration: MachineConfiguration, _ system: borrowing KVMSystem, _ shared: SharedVM
  ) throws(KVMError) -> TimeStampCounters? {
    guard configuration.explainsTSC else { return nil }
    try shared.handle.intercept(
      [TimeStampCounters.counter, TimeStampCounters.adjustment].map {
        InterceptedRegister($0, isRead: false, isWritten: true)
      })
    // Where writes are ignored no rules can be found, and any predict equally well: the newest.
    let rules = HostProbe.findTSCRules(on: system).value ?? .linux6_7
    return TimeStampCounters(try HostProbe.findTSCHost(on: system), rules: rules)
  }

  static func require(
    _ feature: Capability, of system: borrowing KVMSystem, for purpose: String
  ) throws(KVMError) {
    guard system.value(of: feature) > 0 else { throw .missing(feature, purpose: purpose) }
  }
}

extension MachineConfiguration {
  /// How many stamps a thread or a timer of a vCPU keeps.
  func stampCapacity(cpu: Int) -> Int { cpu == 0 ? delivery?.stampCapacity ?? 0 : 0 }
}
