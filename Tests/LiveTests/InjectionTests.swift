import CKVM
import KVM
import Testing

extension Live {
  /// Interrupts of a vCPU that has no controller in the kernel, at the handle.
  @Suite("Injection", .requiresKVM)
  struct InjectionTests {
    private static let vector: UInt8 = 0x30
    private static let count: UInt64 = 0x700

    /// Real mode: `sti; hlt` for ever, and a handler that counts.
    private func machine() throws -> VirtualMachine {
      let memory = try GuestMemory(size: 1 << 20)
      var isWritten = memory.write([0xfb, 0xf4, 0xeb, 0xfc], at: 0x1000)
      // incb 0x700; iret
      isWritten = memory.write([0xfe, 0x06, 0x00, 0x07, 0xcf], at: 0x600) && isWritten
      isWritten = memory.write([0x00, 0x06, 0x00, 0x00], at: 4 * UInt64(Self.vector)) && isWritten
      #expect(isWritten)
      return try VirtualMachine(on: KVMSystem(), memory: memory)
    }

    private func start(_ vcpu: borrowing VirtualCPU) throws {
      try vcpu.jump(to: 0x1000) { $0.rsp = 0x800 }
      try runToHalt(vcpu)
    }

    private func runToHalt(_ vcpu: borrowing VirtualCPU) throws {
      vcpu.requestImmediateExit(false)
      var exit = VCPUExit.interrupted
      while exit == .interrupted { exit = try vcpu.enter() }
      #expect(exit == .halt)
    }

    /// `kvm_vcpu_events`: interrupt.injected, interrupt.nr, nmi.masked.
    private func events(_ vcpu: borrowing VirtualCPU) throws -> [UInt8] {
      let bytes = try #require(try vcpu.state(.events))
      return [bytes[8], bytes[9], bytes[14]]
    }

    @Test("each interrupt is taken once, and is state of the vCPU as soon as its exit is complete")
    func repeated() throws {
      let machine = try self.machine()
      let vcpu = try machine.createVCPU(0)
      try start(vcpu)
      for round in UInt8(1)...5 {
        let isReady = vcpu.isReadyForInjection
        try vcpu.inject(vector: Self.vector)
        let isReadyAgain = vcpu.isReadyForInjection
        #expect(isReady && !isReadyAgain)
        #expect(try vcpu.completeExit() == .interrupted)
        #expect(try events(vcpu) == [1, Self.vector, 0], "round \(round)")
        try runToHalt(vcpu)
        #expect(try events(vcpu)[0] == 0)
        let count = machine.memory.bytes(at: Self.count, count: 1)
        #expect(count == [round])
      }
    }

    @Test("events that were set from outside stay when an interrupt is added")
    func settingEvents() throws {
      let machine = try self.machine()
      let vcpu = try machine.createVCPU(0)
      try start(vcpu)
      for round in 0..<3 {
        // The handler's IRET takes the mask away again.
        var bytes = try #require(try vcpu.state(.events))
        bytes[14] = 1
        try vcpu.setState(.events, bytes)
        try vcpu.inject(vector: Self.vector)
        #expect(try vcpu.completeExit() == .interrupted)
        #expect(try events(vcpu) == [1, Self.vector, 1], "round \(round)")
        try runToHalt(vcpu)
      }
    }
  }
}
