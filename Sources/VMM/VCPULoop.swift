internal import CKVM
internal import KVM
internal import LinuxHost
internal import Synchronization

/// The life of one vCPU, on its own thread.
///
/// States: not started -> running <-> halted (in this program for `--irqchip user`, else inside
/// KVM_RUN) -> ended. Every change of state happens on this thread; others only leave messages
/// (``VCPU``) and kick.
struct VCPULoop: ~Copyable {
  let machine: Machine
  let vcpu: VCPU
  private let injectsInterrupts: Bool
  private var console = ConsoleBuffer()
  var recorder: ExitRecorder

  init(_ vcpu: VCPU, of machine: Machine) {
    self.machine = machine
    self.vcpu = vcpu
    injectsInterrupts = machine.configuration.interruptController == .user
    recorder = ExitRecorder(machine.configuration.recording, cpu: vcpu.index)
  }

  /// Runs until the machine stops.
  ///
  /// Whatever goes wrong here becomes the run's outcome.
  mutating func run() {
    do {
      try waitForStart()
      while !machine.isStopping { try turn() }
      try flush()
    } catch {
      machine.stop(error.outcome(cpu: vcpu.index))
    }
    vcpu.activity.store(.halted, ordering: .sequentiallyConsistent)
  }

  /// One entry and the handling of its exit.
  ///
  /// *Order:* immediate_exit is cleared before messages are looked for. A kick that comes between
  /// the two is answered at once; one that comes later sets immediate_exit again, and KVM_RUN
  /// returns without running the guest.
  private mutating func turn() throws(LoopError) {
    vcpu.handle.requestImmediateExit(false)
    if machine.isStopping { return }
    if vcpu.takeReportRequest() { try report() }
    if injectsInterrupts { try offerInterrupt() }
    recorder.willEnter()
    let exit = try lift { () throws(KVMError) in try vcpu.handle.enter() }
    recorder.didExit(exit)
    try handle(exit)
    recorder.didHandle()
  }

  private mutating func handle(_ exit: VCPUExit) throws(LoopError) {
    switch exit {
    case .port(let access): try handle(access)
    case .load(let address, let size):
      vcpu.handle.answerLoad(machine.bus.readMemory(address, size: size, cpu: vcpu.index))
    case .store(let address, let size, let value):
      try perform(
        lift { () throws(KVMError) in
          try machine.bus.writeMemory(value, to: address, size: size, cpu: vcpu.index)
        })
    case .interrupted, .interruptWindow: break
    case .halt: waitForInterrupt()
    case .endOfInterrupt(let vector):
      try lift { () throws(KVMError) in try machine.bus.endOfInterrupt(vector: vector) }
    default: throw try lift { () throws(KVMError) in try end(exit) }
    }
  }

  // MARK: Ports

  private mutating func handle(_ access: PortAccess) throws(LoopError) {
    let width = min(access.size, machine.bus.width(ofPort: access.port))
    for repetition in 0..<access.count {
      if access.isWrite {
        let value = vcpu.handle.portValue(access, repetition)
        for byte in stride(from: 0, to: access.size, by: width) {
          try store(value >> (8 * byte), to: access.port &+ UInt16(byte), size: width)
        }
      } else {
        var value: UInt32 = 0
        for byte in stride(from: 0, to: access.size, by: width) {
          value |= try load(from: access.port &+ UInt16(byte), size: width) << (8 * byte)
        }
        vcpu.handle.answer(access, repetition, with: value)
      }
    }
    try flush()
  }

  private mutating func store(_ value: UInt32, to port: UInt16, size: Int) throws(LoopError) {
    let part = value & UInt32(truncatingIfNeeded: 1 << (8 * UInt64(size)) - 1)
    try perform(
      lift { () throws(KVMError) in
        try machine.bus.writePort(part, to: port, size: size, cpu: vcpu.index)
      })
  }

  private mutating func load(from port: UInt16, size: Int) throws(LoopError) -> UInt32 {
    let reply = try lift { () throws(KVMError) in
      try machine.bus.readPort(port, size: size, cpu: vcpu.index)
    }
    try perform(reply.effect)
    return UInt32(truncatingIfNeeded: reply.value)
      & UInt32(truncatingIfNeeded: 1 << (8 * UInt64(size)) - 1)
  }

  private mutating func perform(_ effect: Effect) throws(LoopError) {
    switch effect {
    case .none: break
    case .transmit(let byte):
      console.append(byte)
      if console.isFull { try flush() }
    case .feedReceiver: machine.wakeSupervisor()
    case .mark(let mark): recorder.note(mark: mark)
    case .startCPU(let index, let page): machine.vcpus[index].start(page: page)
    case .exit(let code):
      try flush()
      machine.stop(.exited(code: code))
    }
  }

  /// Writes out what the guest sent during one exit, with no lock held: a reader that is slow holds
  /// up this vCPU and nobody else, and a stopping machine gets it out.
  private mutating func flush() throws(LoopError) {
    guard !console.isEmpty else { return }
    do {
      try console.flush(to: machine.configuration.console) { machine.isStopping }
    } catch {
      throw .system(error)
    }
  }

  // MARK: Interrupts and halts

  /// Gives the guest the lowest line that is high, or asks to be told when it can take it.
  ///
  /// A line is a level: nothing is recorded as delivered. While it stays high the guest is offered
  /// it again after IRET, and once its device lowers it, it is gone.
  private func offerInterrupt() throws(LoopError) {
    var high = vcpu.lines.load(ordering: .sequentiallyConsistent)
    if high != 0 && vcpu.handle.isReadyForInjection {
      let line = high.trailingZeroBitCount
      try lift { () throws(KVMError) in
        try vcpu.handle.inject(vector: Machine.vector(ofLine: line))
      }
      high &= high - 1
    }
    vcpu.handle.requestInterruptWindow(high != 0)
  }

  /// HLT in this program: sleeps until an interrupt line is high, or the machine stops.
  private func waitForInterrupt() {
    let canWake = vcpu.handle.hasInterruptsEnabled
    sleep(as: canWake ? .waiting : .halted) {
      canWake && vcpu.lines.load(ordering: .sequentiallyConsistent) != 0
    }
  }

  /// Waits until somebody starts this vCPU, and puts it where it was told to start.
  private mutating func waitForStart() throws(LoopError) {
    // With local APICs in the kernel, KVM_RUN itself waits for the start-up IPI.
    guard injectsInterrupts && vcpu.index > 0 else {
      vcpu.activity.store(.running, ordering: .sequentiallyConsistent)
      return
    }
    sleep(as: .notStarted) { vcpu.requestedStartPage != nil }
    guard let page = vcpu.requestedStartPage else { return }
    try lift { () throws(KVMError) in
      try StartState.startUp(page: page).apply(to: vcpu.handle)
    }
  }

  /// Sleeps until `isAwake` or the machine stops.
  ///
  /// *Why nothing is missed:* the kick is blocked while the condition is looked at and let through
  /// by the wait itself, so one that comes in between ends the wait.
  private func sleep(as activity: VCPUActivity, until isAwake: () -> Bool) {
    KickSignal.block()
    defer { KickSignal.unblock() }
    if isAwake() { return vcpu.activity.store(.running, ordering: .sequentiallyConsistent) }
    vcpu.activity.store(activity, ordering: .sequentiallyConsistent)
    machine.endIfDead()
    while !isAwake() && !machine.isStopping {
      _ = Poller.wait(for: [-1, -1, -1, -1])
    }
    vcpu.activity.store(.running, ordering: .sequentiallyConsistent)
  }

  /// Finds out what a vCPU that the kernel may have halted is doing, and whether that is the end.
  private func report() throws(LoopError) {
    let activity = try lift { () throws(KVMError) -> VCPUActivity in
      try vcpu.handle.completeExit()
      return switch try vcpu.handle.runState() {
      case .runnable: .running
      case .waitingForStartUp: .notStarted
      case .halted: try vcpu.handle.registers().rflags & 0x200 != 0 ? .waiting : .halted
      }
    }
    vcpu.activity.store(activity, ordering: .sequentiallyConsistent)
    machine.endIfDead()
  }

  // MARK: Ends

  /// What an exit that ends the run says.
  private func end(_ exit: VCPUExit) throws(KVMError) -> LoopError {
    switch exit {
    case .shutdown, .systemEvent: return .ended(.reset(cpu: vcpu.index))
    case .emulationFailure(let failure):
      return .ended(try describe(failure))
    case .internalError(let suberror):
      return .unexpected("KVM reports internal error \(suberror)")
    case .entryFailure(let reason):
      return .unexpected(
        "the processor refused the guest's state, hardware reason 0x"
          + String(reason, radix: 16))
    case .unexpected(let reason):
      return .unexpected("exit reason \(reason), which nothing asked for")
    default: preconditionFailure("\(exit) does not end a run")
    }
  }
}

extension VCPULoop {
  /// Names an instruction that KVM could not emulate: its linear address, and its bytes from KVM, or
  /// from RAM where KVM did not say.
  private func describe(_ failure: EmulationFailure) throws(KVMError) -> Outcome {
    let address =
      try vcpu.handle.specialRegisters().cs.base &+ vcpu.handle.registers().rip
    var bytes = (0..<failure.byteCount).map { UInt8(truncatingIfNeeded: failure.bytes >> (8 * $0)) }
    if bytes.isEmpty, let physical = try vcpu.handle.physicalAddress(of: address) {
      bytes = machine.shared.handle.memory.bytes(at: physical, count: 8) ?? []
    }
    return .unknownInstruction(cpu: vcpu.index, address: address, bytes: bytes)
  }
}

/// Why a vCPU's loop ends early.
enum LoopError: Error {
  case kvm(KVMError)
  case system(SystemError)
  case ended(Outcome)
  case unexpected(String)

  func outcome(cpu: Int) -> Outcome {
    switch self {
    case .kvm(let error): .failed(.kvm(error))
    case .system(let error): .failed(.system(error))
    case .ended(let outcome): outcome
    case .unexpected(let reason): .failed(.unexpectedExit(cpu: cpu, reason))
    }
  }
}

private func lift<Result>(_ body: () throws(KVMError) -> Result) throws(LoopError) -> Result {
  do { return try body() } catch { throw .kvm(error) }
}

/// What a guest sent and this program has not written yet; of fixed size.
private struct ConsoleBuffer {
  private var storage = InlineArray<256, UInt8>(repeating: 0)
  private var count = 0

  var isEmpty: Bool { count == 0 }
  var isFull: Bool { count == storage.count }
  mutating func append(_ byte: UInt8) {
    storage[count] = byte
    count += 1
  }

  mutating func flush(
    to stream: StandardStream, givingUpIf shouldGiveUp: () -> Bool
  ) throws(SystemError) {
    try stream.write(storage.span.extracting(first: count), givingUpIf: shouldGiveUp)
    count = 0
  }
}
