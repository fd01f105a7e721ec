internal import CKVM
internal import KVM
internal import LinuxHost

/// What follows from each exit.
extension VCPULoop {
  func handle(_ exit: VCPUExit) throws(LoopError) {
    switch exit {
    case .port(let access): try handle(access)
    case .load(let address, let size):
      let value = try lift { () throws(KVMError) in
        try machine.bus.readMemory(address, size: size, own: own)
      }
      vcpu.handle.answerLoad(value)
    case .store(let address, let size, let value):
      try perform(
        lift { () throws(KVMError) in
          try machine.bus.writeMemory(value, to: address, size: size, own: own)
        })
    case .interrupted, .interruptWindow, .priorityLowered: break
    case .halt: halt()
    case .endOfInterrupt(let vector):
      try lift { () throws(KVMError) in try machine.bus.endOfInterrupt(vector: vector) }
    case .storeRegister(let index, let value):
      try lift { () throws(KVMError) in
        try machine.timeStampCounters?.guestWrites(index, value, index: vcpu.index, vcpu.handle)
      }
    default: throw try lift { () throws(KVMError) in try end(exit) }
    }
  }

  // MARK: Ports

  private func handle(_ access: PortAccess) throws(LoopError) {
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

  private func store(_ value: UInt32, to port: UInt16, size: Int) throws(LoopError) {
    let part = value & UInt32(truncatingIfNeeded: 1 << (8 * UInt64(size)) - 1)
    try perform(
      lift { () throws(KVMError) in
        try machine.bus.writePort(part, to: port, size: size, cpu: vcpu.index)
      })
  }

  private func load(from port: UInt16, size: Int) throws(LoopError) -> UInt32 {
    let reply = try lift { () throws(KVMError) in
      try machine.bus.readPort(port, size: size, cpu: vcpu.index)
    }
    try perform(reply.effect)
    return UInt32(truncatingIfNeeded: reply.value)
      & UInt32(truncatingIfNeeded: 1 << (8 * UInt64(size)) - 1)
  }

  private func perform(_ effect: Effect) throws(LoopError) {
    switch effect {
    case .none: break
    case .transmit(let byte):
      console.append(byte)
      if console.isFull { try flush() }
    case .feedReceiver: machine.wakeSupervisor()
    case .mark(let mark):
      recorder.note(mark: mark)
      machine.noteMark(mark)
    case .startCPU(let index, let page): machine.vcpus[index].start(page: page)
    case .timer(let command):
      try lift { () throws(KVMError) in try own.cp0.perform(command) }
    case .freezeAndThaw(let times):
      for _ in 0..<times {
        try perform(.timer(.freeze))
        try perform(.timer(.thaw))
      }
    case .takeRecords(let address, let count): takeRecords(at: address, count)
    case .exit(let code):
      try flush()
      machine.stop(.exited(code: code))
    }
  }

  /// Writes out what the guest sent during one exit, with no lock held: a reader that is slow holds
  /// up this vCPU and nobody else, and a stopping machine gets it out.
  func flush() throws(LoopError) {
    guard !console.isEmpty else { return }
    do {
      try console.flush(to: machine.configuration.console) { machine.isStopping }
    } catch {
      throw .system(error)
    }
  }

  /// Writes what is left when no more comes.
  func endOutput() throws(LoopError) {
    console.end()
    try flush()
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
    case .debug: return .unexpected("the guest stopped behind an instruction, as nothing asked")
    case .unexpected(let reason):
      return .unexpected("exit reason \(reason), which nothing asked for")
    default: preconditionFailure("\(exit) does not end a run")
    }
  }
}

extension VCPULoop {
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
