internal import KVM
internal import Synchronization
internal import TimerModels

/// A machine in virtual time as it was at an instant, in memory.
struct MachineMoment {
  let position: VirtualPosition
  /// Guest memory, by the numbers of pages; others are zero.
  let pages: [Int: [UInt8]]
  fileprivate let now: Instant
  /// The vCPU whose turn is next, or being taken.
  fileprivate let next: Int
  fileprivate let loops: [VCPULoop.Kept]
  fileprivate let devices: [KeptState]
  /// Each vCPU's state in the kernel.
  fileprivate let parts: [[VCPUStatePart: [UInt8]]]

  /// The parts that a vCPU is given back: its features never change, and it has no local APIC.
  static let parts = VCPUStatePart.allCases.filter { $0 != .features && $0 != .localAPIC }

  /// A vCPU's general registers, by which two instants of one turn are compared: without the flags that stepping
  /// leaves (RF and TF).
  func registers(of cpu: Int) -> [UInt8] { Self.comparable(parts[cpu][.registers] ?? []) }

  static func comparable(_ registers: [UInt8]) -> [UInt8] {
    var registers = registers
    // RFLAGS is the last of `kvm_regs`: TF is bit 8, RF bit 16.
    registers[registers.count - 7] &= ~1
    registers[registers.count - 6] &= ~1
    return registers
  }
}

extension VirtualScheduler {
  /// Keeps the machine as it is.
  ///
  /// Assumes: every vCPU is between two instructions.
  ///
  /// - Parameters:
  ///   - position: Which instant it is.
  ///   - pages: What is in memory.
  /// - Returns: The moment.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  func keep(at position: VirtualPosition, pages: [Int: [UInt8]]) throws(KVMError) -> MachineMoment {
    var parts: [[VCPUStatePart: [UInt8]]] = []
    for loop in loops {
      var states: [VCPUStatePart: [UInt8]] = [:]
      for part in VCPUStatePart.readingOrder where MachineMoment.parts.contains(part) {
        states[part] = try loop.vcpu.handle.state(part)
      }
      parts.append(states)
    }
    return MachineMoment(
      position: position, pages: pages, now: clock.now(), next: next, loops: loops.map(\.kept),
      devices: keepDevices(), parts: parts)
  }

  private func keepDevices() -> [KeptState] {
    let controller = machine.wiring.controller
    let timers = machine.wiring.devices.flatMap { [$0.cp0.keep(), $0.genericTimer.keep()] }
    return timers + [controller.keep()] + machine.keepPorts() + machine.vcpus.map { $0.keep() }
  }

  /// Makes the machine as it was, but for its memory.
  ///
  /// *Order:* as for a checkpoint (``VCPUStatePart``). The TSC counts on: virtual time knows nothing of it.
  mutating func bringBack(_ moment: MachineMoment) throws(KVMError) {
    clock.turnBack(to: moment.now)
    next = moment.next
    for state in moment.devices { state.bringBack() }
    for (loop, states) in zip(loops, moment.parts) {
      try loop.apply(GuestDebugging())
      for part in MachineMoment.parts {
        guard let bytes = states[part] else { continue }
        let isRegisters = part == .modelSpecificRegisters
        try loop.vcpu.handle.setState(
          part, isRegisters ? VCPUStatePart.withoutTSC(bytes) : bytes)
      }
      // What the shared page says of interrupts is computed by an entry.
      let exit = try loop.vcpu.handle.completeExit()
      precondition(exit == .interrupted, "a vCPU with nothing to complete stopped by \(exit)")
    }
    for (loop, kept) in zip(loops, moment.loops) { loop.kept = kept }
  }
}

extension Machine {
  /// Keeps the devices at ports.
  fileprivate func keepPorts() -> [KeptState] {
    let (serial, lab) = (bus.serial.whole, bus.lab.whole)
    let ports = KeptState { [self] in
      bus.serial.whole = serial
      bus.lab.whole = lab
    }
    return [ports] + (bus.test.map { [$0.keep()] } ?? [])
  }
}
