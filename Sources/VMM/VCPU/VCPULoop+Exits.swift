internal import CKVM
internal import KVM
internal import LinuxHost

/// What follows from each exit.
extension VCPULoop {
  /// Does what an exit asks for; `output` is what its first repetition writes, if it is an `out`.
  @inline(__always)
  func handle(_ exit: VCPUExit, output: UInt32) throws(KVMError) {
    if case .port(let access) = exit {
      try handle(access, output: output)
    } else if case .load(let address, let size) = exit {
      try load(address, size)
    } else if case .store(let address, let size, let value) = exit {
      try store(value, at: address, size)
    } else {
      try handleRare(exit)
    }
  }

  /// What nearly all accesses are is not taken apart.
  @inline(never)
  private func handle(_ access: PortAccess, output: UInt32) throws(KVMError) {
    let width = min(access.size, machine.bus.width(ofPort: access.port))
    guard access.isWrite && access.count == 1 && access.size == width else {
      return try takeApart(access, by: width)
    }
    try perform(machine.bus.writePort(output, to: access.port, size: width, cpu: vcpu.index))
  }

  @inline(never)
  private func load(_ address: UInt64, _ size: Int) throws(KVMError) {
    let value = try machine.bus.readMemory(address, size: size, own: own)
    if isRecording { recorder.note(read: value) }
    vcpu.handle.answerLoad(value)
  }

  @inline(never)
  private func store(_ value: UInt64, at address: UInt64, _ size: Int) throws(KVMError) {
    isAlarmNew = isFoundRunning
    try perform(machine.bus.writeMemory(value, to: address, size: size, own: own))
  }

  @inline(never)
  private func handleRare(_ exit: VCPUExit) throws(KVMError) {
    switch exit {
    case .port, .load, .store: preconditionFailure("handled above")
    case .interrupted, .interruptWindow, .priorityLowered: break
    case .halt: halt()
    case .endOfInterrupt(let vector):
      try machine.bus.endOfInterrupt(vector: vector)
    case .storeRegister(let index, let value):
      try machine.timeStampCounters?.guestWrites(index, value, index: vcpu.index, vcpu.handle)
    case .loadRegister: preconditionFailure("no load of a register was to exit")
    case .shutdown, .systemEvent: machine.stop(.reset(cpu: vcpu.index))
    case .debug: stayBetweenExits()
    case .emulationFailure(let failure):
      if try isAtBreakpoint() { stayBetweenExits() } else { machine.stop(try describe(failure)) }
    case .internalError(let suberror): stop("KVM reports internal error \(suberror)")
    case .entryFailure(let reason):
      stop(
        "the processor refused the guest's state, hardware reason 0x" + String(reason, radix: 16))
    case .unexpected(let reason): stop("exit reason \(reason), which nothing asked for")
    }
  }

  // MARK: Ports

  @inline(never)
  private func takeApart(_ access: PortAccess, by width: Int) throws(KVMError) {
    for repetition in 0..<access.count {
      var byte = 0
      if access.isWrite {
        let value = vcpu.handle.portValue(access, repetition)
        repeat {
          try store(value >> (8 * byte), to: access.port &+ UInt16(byte), size: width)
          byte += width
        } while byte < access.size
      } else {
        var value: UInt32 = 0
        repeat {
          value |= try load(from: access.port &+ UInt16(byte), size: width) << (8 * byte)
          byte += width
        } while byte < access.size
        if isRecording && repetition == 0 { recorder.note(read: UInt64(value)) }
        vcpu.handle.answer(access, repetition, with: value)
      }
    }
  }

  private func store(_ value: UInt32, to port: UInt16, size: Int) throws(KVMError) {
    let part = value & UInt32(truncatingIfNeeded: 1 << (8 * UInt64(size)) - 1)
    try perform(machine.bus.writePort(part, to: port, size: size, cpu: vcpu.index))
  }

  private func load(from port: UInt16, size: Int) throws(KVMError) -> UInt32 {
    let reply = try machine.bus.readPort(port, size: size, cpu: vcpu.index)
    try perform(reply.effect)
    return UInt32(truncatingIfNeeded: reply.value)
      & UInt32(truncatingIfNeeded: 1 << (8 * UInt64(size)) - 1)
  }

  @inline(__always)
  private func perform(_ effect: Effect) throws(KVMError) {
    if case .none = effect { return }
    if case .mark(let mark) = effect { return note(mark: mark) }
    try follow(effect)
  }

  @inline(__always)
  private func note(mark: UInt32) {
    if isRecording { recorder.note(mark: mark) }
    machine.noteMark(mark)
  }

  @inline(never)
  private func follow(_ effect: Effect) throws(KVMError) {
    switch effect {
    case .none: break
    case .transmit(let byte):
      if isMuted { break }
      hasOutput = true
      writing { () throws(SystemError) in
        try machine.console.send(byte) { machine.isStopping }
      }
    case .feedReceiver: machine.wakeSupervisor()
    case .mark(let mark): note(mark: mark)
    case .startCPU(let index, let page): machine.vcpus[index].start(page: page)
    case .timer(let command): try own.cp0.perform(command)
    case .freezeAndThaw(let times):
      for _ in 0..<times {
        try perform(.timer(.freeze))
        try perform(.timer(.thaw))
      }
    case .dropPage(let address):
      do { try machine.shared.handle.memory.dropPage(at: address) } catch {
        machine.stop(.failed(.system(error)))
      }
    case .takeRecords(let address, let count): takeRecords(at: address, count)
    case .reset: machine.stop(.reset(cpu: vcpu.index))
    case .exit(let code):
      flush()
      machine.stop(.exited(code: code))
    }
  }

  /// Writes out what the guest sent, with no device's lock held: a reader that is slow holds up the vCPUs
  /// that print and no others, and a stopping machine gets them out.
  ///
  /// - Parameter wholeLines: Whether what follows whole lines is to wait, since the guest may be printing still.
  @inline(never)
  func flush(wholeLines: Bool = false) {
    guard hasOutput else { return }
    hasOutput = wholeLines
    writing { () throws(SystemError) in
      try machine.console.flush(wholeLines: wholeLines) { machine.isStopping }
    }
  }

  /// Writes what is left when no more comes.
  func endOutput() {
    machine.console.end()
    hasOutput = true
    flush()
  }

  /// Output that cannot be written ends the run.
  private func writing(_ body: () throws(SystemError) -> Void) {
    do { try body() } catch { machine.stop(.failed(.system(error))) }
  }

  /// Takes what fits, in storage laid out before the guest began; what lies outside RAM is nothing.
  private func takeRecords(at address: UInt32, _ count: UInt32) {
    let limit = machine.configuration.delivery?.recordBytesMax ?? 0
    let room = limit - records.count
    guard count > 0, Int(count) <= machine.configuration.memorySize else { return }
    guard Int(count) <= room,
      let bytes = machine.shared.handle.memory.bytes(at: UInt64(address), count: Int(count))
    else { return lostRecordBytes += Int(count) }
    records += bytes
    learn(from: bytes[...])
    tellListener(ofLast: bytes.count)
  }

  // MARK: Ends

  /// KVM stopped the guest, and nothing says how to continue.
  private func stop(_ reason: String) {
    machine.stop(.failed(.unexpectedExit(cpu: vcpu.index, reason)))
  }

  /// Names an instruction that KVM could not emulate: its linear address, and its bytes from KVM,
  /// or from RAM where KVM did not say.
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
