internal import GDBProtocol
internal import KVM
internal import Synchronization

/// Requests about a guest that stands still.
extension DebugSession {
  private var vcpu: VCPU { machine.vcpus[selected] }

  /// *Why no error of KVM's ends the run here:* the client asked for it, and is told.
  func inspect(_ request: Request) -> Packet {
    do {
      switch request {
      case .readRegisters:
        return Packet(Hexadecimal.text(try VCPURegisters(of: vcpu).bytes.joined()))
      case .writeRegisters(let bytes): return try writeRegisters(bytes)
      case .readRegister(let index): return try readRegister(index)
      case .writeRegister(let index, let bytes):
        return try changeRegisters { $0.set(index, to: bytes) }
      case .readMemory(let address, let count): return try readMemory(at: address, count)
      case .writeMemory(let address, let bytes): return try writeMemory(bytes, at: address)
      case .insert(let breakpoint): return try insert(breakpoint)
      case .remove(let breakpoint): return remove(breakpoint)
      case .describeTarget(let offset, let count):
        return TargetDescription.part(from: offset, count: count)
      case .monitor(let command): return monitor(command)
      default: return threads(request)
      }
    } catch {
      return .refused
    }
  }

  // MARK: Threads

  private func threads(_ request: Request) -> Packet {
    switch request {
    case .selectThread(.cpu(let cpu)):
      guard machine.vcpus.indices.contains(cpu) else { return .refused }
      selected = cpu
      return .done
    case .selectThread, .selectResumed: return .done
    case .isAlive(.cpu(let cpu)): return machine.vcpus.indices.contains(cpu) ? .done : .refused
    case .isAlive: return .done
    case .currentThread: return Packet("QC" + ThreadID.text(ofCPU: selected))
    case .firstThreads:
      return Packet(
        "m" + machine.vcpus.map { ThreadID.text(ofCPU: $0.index) }.joined(separator: ","))
    case .furtherThreads: return Packet("l")
    case .describeThread(.cpu(let cpu)) where machine.vcpus.indices.contains(cpu):
      return Packet(Hexadecimal.text(description(of: machine.vcpus[cpu]).utf8))
    case .describeThread: return .refused
    default: return .unsupported
    }
  }

  private func description(of vcpu: VCPU) -> String {
    let activity =
      switch vcpu.activity.load(ordering: .sequentiallyConsistent) {
      case .notStarted: "not started"
      case .running: "running"
      case .waiting: "halted, waiting for an interrupt"
      case .halted: "halted for good"
      }
    return "vCPU \(vcpu.index): \(activity)"
  }

  // MARK: Registers

  private func readRegister(_ index: Int) throws(KVMError) -> Packet {
    let registers = try VCPURegisters(of: vcpu).bytes
    return registers.indices.contains(index) ? Packet(Hexadecimal.text(registers[index])) : .refused
  }

  private func writeRegisters(_ bytes: [UInt8]) throws(KVMError) -> Packet {
    guard bytes.count == RegisterLayout.size else { return .refused }
    return try changeRegisters { registers in
      var start = 0
      for (index, register) in RegisterLayout.registers.enumerated() {
        // What cannot be changed stays; the others are.
        _ = registers.set(index, to: Array(bytes[start..<start + register.size]))
        start += register.size
      }
      return true
    }
  }

  private func changeRegisters(_ change: (inout VCPURegisters) -> Bool) throws(KVMError) -> Packet {
    let before = try VCPURegisters(of: vcpu)
    var after = before
    guard change(&after) else { return .refused }
    try after.write(to: vcpu, since: before)
    if after.bytes != before.bytes { debug.noteChange() }
    return .done
  }

  // MARK: Memory

  private func readMemory(at address: UInt64, _ count: UInt64) throws(KVMError) -> Packet {
    let limit = min(count, UInt64(PacketReader.payloadMax / 2))
    let bytes = try machine.visibleBytes(at: address, count: Int(limit), of: vcpu)
    return bytes.isEmpty && count > 0 ? .refused : Packet(Hexadecimal.text(bytes))
  }

  private func writeMemory(_ bytes: [UInt8], at address: UInt64) throws(KVMError) -> Packet {
    guard let pages = try machine.writeLinear(bytes, at: address, of: vcpu) else { return .refused }
    if !pages.isEmpty { debug.noteChange(pages: pages) }
    return .done
  }

  // MARK: Breakpoints

  private func insert(_ breakpoint: Breakpoint) throws(KVMError) -> Packet {
    switch breakpoint.kind {
    case .hardware where debug.support.registers: return answer { $0.insertHardware(breakpoint) }
    case .software, .hardware:
      guard debug.support.stopsInMemory(machine.configuration.irqchip) else { return .refused }
      guard let physical = try vcpu.handle.physicalAddress(of: breakpoint.address),
        machine.shared.handle.memory.bytes(at: physical, count: 1) != nil
      else { return .refused }
      return answer { $0.insertInMemory(breakpoint, physical: physical) }
    case .write where machine.configuration.irqchip == .user:
      return answer { $0.insertCompared(breakpoint) }
    case .write, .read, .access: return .unsupported
    }
  }

  private func answer(_ insert: (inout BreakpointTable) -> Bool) -> Packet {
    debug.withBreakpoints(insert) ? .done : .refused
  }

  private func remove(_ breakpoint: Breakpoint) -> Packet {
    debug.withBreakpoints { $0.remove(breakpoint) }
    return .done
  }
}
