import CKVM
import KVM
import Testing

extension Live {
  /// MSR accesses that this program answers.
  @Suite("intercepted MSRs", .requiresKVM)
  struct InterceptionTests {
    private static let tscAdjust: UInt32 = 0x3b

    /// In real mode at 0x1000: `mov ecx, 0x3b; rdmsr; inc eax; wrmsr; hlt`.
    private static let program: [UInt8] =
      [0x66, 0xb9, 0x3b, 0, 0, 0, 0x0f, 0x32, 0x66, 0x40, 0x0f, 0x30, 0xf4]

    private func write(
      _ bytes: [UInt8], at address: UInt64, of machine: borrowing VirtualMachine
    ) {
      let isInside = machine.memory.write(bytes, at: address)
      #expect(isInside)
    }

    private func vcpu(of machine: borrowing VirtualMachine) throws -> VirtualCPU {
      write(Self.program, at: 0x1000, of: machine)
      let vcpu = try machine.createVCPU(0)
      try vcpu.setFeatures(KVMSystem().supportedFeatures(), index: 0)
      try vcpu.jump(to: 0x1000)
      return vcpu
    }

    @Test("a read and a write of an intercepted MSR exit with its number, and take the answer")
    func answered() throws {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 1 << 16))
      try machine.intercept([InterceptedRegister(Self.tscAdjust, isRead: true, isWritten: true)])
      let vcpu = try vcpu(of: machine)
      #expect(try vcpu.enter() == .loadRegister(index: Self.tscAdjust))
      vcpu.answerRegister(0x1234_5678_9abc_def0)
      #expect(
        try vcpu.enter() == .storeRegister(index: Self.tscAdjust, value: 0x1234_5678_9abc_def1))
      #expect(try vcpu.enter() == .halt)
      #expect(try vcpu.registers().rip == 0x1000 + UInt64(Self.program.count))
    }

    @Test("accesses that are not named stay the kernel's")
    func others() throws {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 1 << 16))
      try machine.intercept([
        InterceptedRegister(0x6e0, isRead: true, isWritten: true),
        InterceptedRegister(Self.tscAdjust, isRead: true, isWritten: false),
      ])
      let vcpu = try vcpu(of: machine)
      #expect(try vcpu.enter() == .loadRegister(index: Self.tscAdjust))
      vcpu.answerRegister(0)
      #expect(try vcpu.enter() == .halt)
    }

    @Test("a refusal is #GP in the guest")
    func refused() throws {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 1 << 16))
      try machine.intercept([InterceptedRegister(Self.tscAdjust, isRead: true, isWritten: false)])
      // Vector 13 of the real-mode table leads to a `hlt` at 0x2000.
      write([0, 0x20, 0, 0], at: 13 * 4, of: machine)
      write([0xf4], at: 0x2000, of: machine)
      let vcpu = try vcpu(of: machine)
      var registers = try vcpu.registers()
      registers.rsp = 0x8000
      try vcpu.setRegisters(registers)
      #expect(try vcpu.enter() == .loadRegister(index: Self.tscAdjust))
      vcpu.refuseRegister()
      #expect(try vcpu.enter() == .halt)
      #expect(try vcpu.registers().rip == 0x2001)
    }
  }
}
