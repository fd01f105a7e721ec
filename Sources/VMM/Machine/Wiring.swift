internal import GuestImages
internal import KVM
internal import LinuxHost
internal import TimerModels

/// A machine's interrupt lines: what drives each, and where it leads.
struct Wiring: Sendable {
  /// Where the lines of ports lead.
  let sink: any InterruptSink
  /// The platform's own interrupt controller, by which generic timers interrupt.
  let controller: any PlatformInterruptController
  /// The lines by which the kernel's controllers hear of it (`--irqchip kernel`), by vCPU.
  let eventLines: [EventLine]
  /// The one by which they hear of vCPU 0's Count/Compare timer, where that is its route.
  let countCompareEventLine: EventLine?
  /// Each vCPU's timers.
  let devices: [PrivateDevices]
  /// Those of the devices that are not ours, if some are.
  let foreign: ForeignDevices?

  /// Makes the controllers that are in this program, and the timers.
  ///
  /// - Parameters:
  ///   - configuration: What the machine is made of.
  ///   - clock: The timers' time.
  ///   - shared: The VM, with its vCPUs.
  ///   - vcpus: Its vCPUs.
  ///   - isRestored: Whether a checkpoint is to be brought back; until then the platform's interrupt
  ///     controller takes no inputs.
  /// - Throws: ``MachineError`` with the reason.
  init(
    _ configuration: MachineConfiguration, _ clock: MachineClock, _ shared: SharedVM,
    _ vcpus: [VCPU], isRestored: Bool
  ) throws(MachineError) {
    sink =
      switch configuration.irqchip {
      case .user: ProcessorPins(of: vcpus[0])
      case .kernel: KernelPins(shared)
      case .split: SplitController(shared)
      }
    eventLines = try Self.eventLines(configuration, shared)
    let route: any InterruptSink =
      try Self.route(of: Int(PLATFORM_CP0_LINE), to: 0, configuration, shared) ?? sink
    countCompareEventLine = route as? EventLine
    foreign = try Self.foreign(configuration)
    let outputs = try Self.controllerOutputs(configuration, shared, vcpus, eventLines, sink)
    controller =
      try foreign?.controller(outputs: outputs, isInitialised: !isRestored)
      ?? Self.controller(
        configuration.rules.controller, isInitialised: !isRestored, outputs: outputs)
    devices = try Self.devices(
      configuration.rules.countCompare, configuration.rules.genericTimer,
      configuration.rules.lineMemory, configuration, clock, vcpus, route, controller, shared,
      foreign)
    do { try foreign?.check() } catch { throw .adapter(error) }
  }

  private static func foreign(
    _ configuration: MachineConfiguration
  ) throws(MachineError) -> ForeignDevices? {
    guard let command = configuration.adapter else { return nil }
    do {
      let foreign = try ForeignDevices(running: command, cpus: configuration.cpus)
      if configuration.checkpoint != nil { try foreign.demandSaving() }
      return foreign
    } catch { throw .adapter(error) }
  }

  // MARK: Timers

  /// Each vCPU's timers.
  ///
  /// Where there is no controller each Count/Compare timer is wired to its own vCPU; the kernel's controllers
  /// have one pin for it, which is vCPU 0's, and those of the others send messages to their local APICs. The generic timers share the origin of the virtual count. One
  /// whose vCPU the platform's controller does not serve counts, and interrupts no vCPU.
  private static func devices<
    CountCompare: CountCompareRules, Generic: GenericTimerRules, Lines: LineMemoryRules
  >(
    _ countCompare: CountCompare.Type, _ generic: Generic.Type, _ lines: Lines.Type,
    _ configuration: MachineConfiguration, _ clock: MachineClock, _ vcpus: [VCPU],
    _ route: any InterruptSink, _ controller: any PlatformInterruptController,
    _ shared: SharedVM, _ foreign: ForeignDevices?
  ) throws(MachineError) -> [PrivateDevices] {
    do {
      try HostMemory.demand(
        vcpus.count * configuration.timerRecordBytes, for: "what the timers record")
    } catch { throw .system(error) }
    let start = clock.now()
    let registers = GenericTimer(at: start).registers
    var devices: [PrivateDevices] = []
    for vcpu in vcpus {
      let cpu = vcpu.index
      let capacity = configuration.delivery?.stampCapacity ?? 0
      let pins: (any InterruptSink)? =
        configuration.irqchip == .user
        ? ProcessorPins(of: vcpu) : cpu == 0 ? route : MessageLines(shared, cpu: cpu)
      let inputs = cpu < controller.cpuCount ? PrivateInputs(of: controller, cpu: cpu) : nil
      var cp0 = try foreign?.countCompare(
        cpu: cpu, clock, sink: pins, configuration.recording)
      var timer = try foreign?.genericTimer(
        cpu: cpu, clock, startingAt: start, sink: inputs, configuration.recording)
      do throws(SystemError) {
        if cp0 == nil {
          cp0 = try CountCompareDevice(
            clock, sink: pins, stampCapacity: capacity,
            recorder: TimerRecorder(of: .countCompare, cpu: cpu, configuration.recording)
          ) {
            CP0Page<CountCompare>(at: $0)
          }
        }
        if timer == nil {
          timer = try GenericTimerDevice<Generic, Lines>(
            clock, sink: inputs, stampCapacity: capacity,
            recorder: TimerRecorder(of: .genericTimer, cpu: cpu, configuration.recording)
          ) { GenericTimerPage(Generic(at: $0, registers: registers)) }
        }
      } catch { throw .system(error) }
      guard let cp0, let timer else { preconditionFailure("made above") }
      devices.append(
        PrivateDevices(cpu: cpu, cp0: cp0, genericTimer: timer, controller: controller))
    }
    return devices
  }

  // MARK: Controllers

  /// An event for each output of the platform's interrupt controller, where the kernel has an IOAPIC.
  ///
  /// A split one takes no such events: there the guest's end of interrupt exits to this program
  /// anyway, and ``IOAPIC`` looks at the line again.
  private static func eventLines(
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
  private static func route(
    of line: Int, to cpu: Int, _ configuration: MachineConfiguration, _ machine: SharedVM
  ) throws(MachineError) -> (any InterruptSink)? {
    guard configuration.irqchip == .kernel else { return nil }
    return switch configuration.timerRoute {
    case nil, .inject, .irqLine, .split: nil
    case .irqfd: try EdgeEventLine(line, of: machine)
    case .irqfdResample: try EventLine(line, of: machine)
    case .msi: MessageLines(machine, cpu: cpu)
    }
  }

  /// Where the platform's interrupt controller leads, for each of the vCPUs that it can serve.
  private static func controllerOutputs(
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
          try route(of: line, to: vcpu.index, configuration, machine) ?? shared
        case .kernel: events[vcpu.index]
        case .split: shared
        }
      outputs.append(ControllerOutput(sink: sink, line: line))
    }
    return outputs
  }

  private static func controller<Controller: InterruptControllerRules>(
    _ rules: Controller.Type, isInitialised: Bool, outputs: [ControllerOutput]
  ) -> any PlatformInterruptController {
    InterruptControllerDevice<Controller>(outputs: outputs, isInitialised: isInitialised)
  }
}
