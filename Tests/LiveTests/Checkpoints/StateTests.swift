import CKVM
import KVM
import LinuxHost
import Testing

extension Live {
  /// What a checkpoint takes out of KVM and puts back.
  @Suite("KVM state", .requiresKVM)
  struct StateTests {
    /// MSRs that move by themselves between two readings: IA32_TSC, and of Hyper-V's the thread's CPU
    /// time (VP_RUNTIME) and the time since boot (TIME_REF_COUNT).
    private static let clocks: Set<UInt32> = [0x10, 0x4000_0010, 0x4000_0020]

    private enum Interrupts: CaseIterable { case user, kernel }

    private func machine(_ interrupts: Interrupts) throws -> VirtualMachine {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 1 << 20))
      if interrupts == .kernel { try machine.createInterruptControllers() }
      return machine
    }

    private func read(_ vcpu: borrowing VirtualCPU) throws -> [VCPUStatePart: [UInt8]] {
      var state: [VCPUStatePart: [UInt8]] = [:]
      for part in VCPUStatePart.readingOrder { state[part] = try vcpu.state(part) }
      return state
    }

    private func restore(
      _ state: [VCPUStatePart: [UInt8]], to vcpu: borrowing VirtualCPU
    ) throws {
      for part in VCPUStatePart.allCases {
        guard let bytes = state[part] else { continue }
        try vcpu.setState(part, bytes)
      }
    }

    @Test("a vCPU's whole state goes into another VM's vCPU", arguments: Interrupts.allCases)
    private func roundTrip(_ interrupts: Interrupts) throws {
      let system = try KVMSystem()
      let first = try machine(interrupts)
      let source = try first.createVCPU(0)
      try source.setFeatures(system.supportedFeatures(), index: 0)
      var registers = try source.registers()
      registers.rbx = 0x0123_4567_89ab_cdef
      registers.rip = 0x7c00
      try source.setRegisters(registers)
      #expect(try source.setModelSpecificRegister(0x174, to: 0x1234))
      let saved = try read(source)
      #expect(saved.keys.contains(.localAPIC) == (interrupts == .kernel))

      let second = try machine(interrupts)
      let target = try second.createVCPU(0)
      try restore(saved, to: target)
      let again = try read(target)
      #expect(Set(again.keys) == Set(saved.keys))
      for (part, bytes) in saved where part != .modelSpecificRegisters {
        #expect(again[part] == bytes, "\(part)")
      }
      // Compared as numbers and values, all but the clocks.
      let values = Dictionary(
        uniqueKeysWithValues: try source.allModelSpecificRegisters().map { ($0.index, $0.value) })
      let restored = Dictionary(
        uniqueKeysWithValues: try target.allModelSpecificRegisters().map { ($0.index, $0.value) })
      #expect(values.keys == restored.keys)
      for (index, value) in values where !Self.clocks.contains(index) {
        #expect(restored[index] == value, "MSR 0x\(String(index, radix: 16))")
      }
      #expect(restored[0x174] == 0x1234)
    }

    @Test("state of another length is refused, part by part, and no MSR is set but as it was read")
    func unsuitable() throws {
      let vcpu = try machine(.kernel).createVCPU(0)
      for part in VCPUStatePart.allCases {
        let bytes = try #require(try vcpu.state(part))
        #expect(throws: KVMError.self, "\(part)") { try vcpu.setState(part, bytes + [0]) }
      }
      #expect(
        throws: KVMError.unsuitableState("part REGS has 3 bytes; this host takes 144"),
        performing: { try vcpu.setState(.registers, [1, 2, 3]) })
      do {
        try vcpu.setModelSpecificRegisters([(0x174, 1), (0xffff_fff0, 0x22), (0x175, 3)])
        Issue.record("an MSR that no processor has was set")
      } catch {
        #expect(
          "\(error)" == "KVM_SET_MSRS of MSR 0xfffffff0 = 0x22: Invalid argument (EINVAL)")
      }
    }

    @Test("MSRs are read in batches, and one that the vCPU lacks hides none behind it")
    func batches() throws {
      let vcpu = try machine(.user).createVCPU(0)
      let unknown: UInt32 = 0xffff_fff0
      #expect(
        try vcpu.modelSpecificRegisters([unknown, 0x174, unknown, unknown, 0x175, unknown])
          .map { $0.index } == [0x174, 0x175])
      // More than one request may carry, with a gap where two meet.
      let many = (0..<300).map { $0 % 2 == 0 ? 0x176 : unknown }
      #expect(try vcpu.modelSpecificRegisters(many).count == 150)
    }

    /// KVM ignores a deadline while the local APIC's timer is in another mode, so this holds only if
    /// the APIC is restored first.
    @Test("a TSC deadline survives, where this host gives a vCPU one")
    func deadline() throws {
      let system = try KVMSystem()
      let first = try machine(.kernel)
      let source = try first.createVCPU(0)
      try source.setFeatures(system.supportedFeatures(), index: 0)
      var apic = try #require(try source.state(.localAPIC))
      apic[0xf1] |= 1  // spurious vector register, bit 8: APIC on
      apic[0x320...0x322] = [0x20, 0, 0x04]  // timer: vector 0x20, TSC deadline mode
      try source.setState(.localAPIC, apic)
      let deadline: UInt64 = 1 << 60
      #expect(try source.setModelSpecificRegister(0x6e0, to: deadline))
      guard try source.modelSpecificRegister(0x6e0) == deadline else { return }
      let second = try machine(.kernel)
      let target = try second.createVCPU(0)
      try restore(try read(source), to: target)
      #expect(try target.modelSpecificRegister(0x6e0) == deadline)
    }

    @Test("PIC and IOAPIC keep what they are given")
    func controllers() throws {
      let first = try machine(.kernel)
      try first.setLine(3, isHigh: true)
      let second = try machine(.kernel)
      for controller in KernelController.allCases {
        let bytes = try first.state(of: controller)
        #expect(bytes.count == 512)
        let differs = try second.state(of: controller) != bytes
        #expect(differs == (controller != .secondaryPIC), "\(controller)")
        try second.setState(of: controller, bytes)
        #expect(try second.state(of: controller) == bytes, "\(controller)")
      }
      #expect(throws: KVMError.self) { try second.setState(of: .ioapic, [0]) }
      #expect(throws: KVMError.self) { try machine(.user).state(of: .ioapic) }
    }

    @Test("the VM's clock continues from where it is set")
    func clock() throws {
      let machine = try self.machine(.user)
      try machine.setClock(1 << 50)
      let reading = try machine.clock()
      #expect(reading.nanoseconds >= 1 << 50)
      #expect(try machine.clock().nanoseconds >= reading.nanoseconds)
    }

    @Test("there is one in-kernel i8254")
    func timer() throws {
      let machine = try self.machine(.kernel)
      try machine.createTimer()
      #expect(throws: KVMError.self) { try machine.createTimer() }
    }

    @Test("the TSC's own frequency can be set again, and the offset is accepted")
    func tsc() throws {
      let vcpu = try machine(.user).createVCPU(0)
      let frequency = try vcpu.tscFrequency()
      #expect(frequency > 0)
      try vcpu.setTSCFrequency(frequency)
      #expect(try vcpu.tscFrequency() == frequency)
      guard vcpu.hasTSCOffset else { return }
      try vcpu.setTSCOffset(0xffff_0000_0000_0001)
      let ignored: UInt64 = 0
      #expect([ignored, 0xffff_0000_0000_0001].contains(try vcpu.tscOffset()))
    }
  }
}
