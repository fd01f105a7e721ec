internal import GuestImages
public import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// A virtual machine with its devices and vCPUs, ready to run once.
///
/// **Threads.** The one that calls ``run()`` supervises: signals, the timeout, standard
/// input, host timers, checkpoints. Each vCPU has its own (`VCPULoop`). They meet in the devices' locks,
/// in the atomics of `VCPU`, and here in `outcome`. The first outcome wins; the thread that sets it stops all.
public final class Machine: Sendable {
  let configuration: MachineConfiguration
  let clock: MachineClock
  let shared: SharedVM
  let bus: Bus
  let vcpus: [VCPU]
  let wiring: Wiring
  /// nil unless TSC writes are explained.
  let timeStampCounters: TimeStampCounters?
  let console: Console
  /// nil unless a debugger is to look at the guest.
  let debug: DebugControl?
  let supervisorEvent: EventDescriptor
  private let outcome = Mutex<Outcome?>(nil)
  private let stopping = Atomic<Bool>(false)
  /// vCPU threads that have not ended.
  let runningThreads = Atomic<Int>(0)
  /// What all vCPUs together may spin for.
  let spinBudget: SharedSpinBudget
  /// What the vCPU threads that have ended leave behind.
  let records = Mutex(RunRecords())
  /// Held by a thread that lays out storage for what it records.
  let layingOut = Mutex(())
  /// For ``Machine/requestPause()`` and the threads that answer it.
  let pauseGate = PauseGate()
  let checkpoints = CheckpointProgress()
  /// The turn that comes next, while a machine in virtual time is paused or has not begun.
  let nextVirtualTurn = Mutex(VirtualTurn())

  /// Builds a machine and loads an image into it.
  ///
  /// - Parameters:
  ///   - configuration: What it is made of.
  ///   - system: The open `/dev/kvm`.
  ///   - image: The guest.
  ///   - commandLine: What the guest is told, without a terminating 0.
  /// - Throws: ``MachineError`` with the reason.
  public convenience init(
    _ configuration: MachineConfiguration, on system: borrowing KVMSystem, image: BootImage,
    commandLine: [UInt8] = []
  ) throws(MachineError) {
    precondition(MachineConfiguration.memorySizes.contains(configuration.memorySize))
    let memory = try lift { () throws(SystemError) in
      try GuestMemory(size: configuration.memorySize)
    }
    let start: StartState
    do {
      start = try image.load(
        into: memory, commandLine: commandLine, cpus: configuration.cpus)
    } catch { throw .image(error) }
    var configuration = configuration
    configuration.isPC = image.isLinux
    if configuration.isPC { configuration.hasKernelTimer = true }
    try self.init(
      configuration, on: system, memory: memory, clock: configuration.time.makeClock(),
      isRestored: false)
    do {
      try start.apply(to: vcpus[0].handle)
      if image.bootProtocol == .multiboot { try leaveFirmwareState() }
      try perform(configuration.tscWrites)
    } catch { throw .kvm(error) }
  }

  /// Builds a machine around its memory, every device and vCPU in the state after reset.
  ///
  /// - Parameters:
  ///   - configuration: What it is made of.
  ///   - system: The open `/dev/kvm`.
  ///   - memory: RAM, of the configuration's size.
  ///   - clock: The devices' time.
  ///   - isRestored: Whether a checkpoint is to be brought back; until then the platform's interrupt
  ///     controller takes no inputs.
  /// - Throws: ``MachineError`` with the reason.
  init(
    _ configuration: MachineConfiguration, on system: borrowing KVMSystem,
    memory: consuming GuestMemory, clock: MachineClock, isRestored: Bool
  ) throws(MachineError) {
    precondition((1...MachineConfiguration.cpusMax).contains(configuration.cpus))
    precondition(
      configuration.time == .host || configuration.irqchip == .user,
      "virtual time needs the user-space controller")
    precondition(
      !configuration.isPC || configuration.irqchip == .kernel,
      "a PC has the kernel's controllers")
    self.configuration = configuration
    self.clock = clock
    spinBudget = SharedSpinBudget(
      SpinBudget(percent: configuration.waiting.budget, at: clock.now()))
    console = try lift { () throws(SystemError) in
      try Console(to: configuration.console, isFiltered: configuration.protectsTerminal)
    }
    debug =
      configuration.debugger == nil
      ? nil : DebugControl(configuration, BreakpointSupport.find(on: system))
    supervisorEvent = try lift { () throws(SystemError) in try EventDescriptor() }
    do {
      shared = SharedVM(try VirtualMachine(on: system, memory: memory))
      timeStampCounters = try Self.createTimeStampCounters(configuration, system, shared)
      vcpus = try Self.createVCPUs(configuration, system, shared, timeStampCounters)
    } catch { throw .kvm(error) }
    wiring = try Wiring(configuration, clock, shared, vcpus, isRestored: isRestored)
    bus = Bus(
      configuration: LabPort.Configuration(
        cpus: configuration.cpus, irqchip: configuration.irqchip,
        memorySize: configuration.memorySize, takesRecords: configuration.delivery != nil),
      // At the host's time nothing may come in where time is virtual.
      hasInput: configuration.readsInput && configuration.time == .host,
      isPC: configuration.isPC, lines: wiring.sink, controller: wiring.controller,
      hasTestDevice: configuration.hasTestDevice)
    do { try Self.show(configuration, to: vcpus, on: system) } catch { throw .kvm(error) }
    // The adapters are this machine's, and report nothing after it.
    wiring.foreign?.onFailure { [unowned self] error in stop(.failed(.adapter(error))) }
  }

  /// The vector of an interrupt line where there is no controller (`--irqchip user`).
  static func vector(ofLine line: Int) -> UInt8 { UInt8(Int(PLATFORM_VECTOR_BASE) + line) }

  // MARK: The end

  /// Whether the run is to end.
  ///
  /// Every thread looks at this before it enters a guest or a wait.
  var isStopping: Bool { stopping.load(ordering: .sequentiallyConsistent) }

  /// Ends the run.
  ///
  /// The first call decides how. An end that the guest made waits until its debugger, if there is one, has
  /// been told.
  func stop(_ reason: Outcome) {
    if let debug, debug.delays(reason) {
      if debug.stop != nil { requestPause() }
      return
    }
    outcome.withLock { if $0 == nil { $0 = reason } }
    stopping.store(true, ordering: .sequentiallyConsistent)
    kickAll()
    wakeSupervisor()
  }

  /// How the run ended, or nil while it continues.
  var result: Outcome? { outcome.withLock { $0 } }

  /// Makes the supervising thread look around.
  func wakeSupervisor() { supervisorEvent.raise() }
}

private func lift<Result: ~Copyable>(
  _ body: () throws(SystemError) -> Result
) throws(MachineError) -> Result {
  do { return try body() } catch { throw .system(error) }
}
