import CKVM
import Glibc
import LinuxHost
import Synchronization
import TestSupport
import Testing

@testable import KVM
@testable import VMM

extension Live {
  /// `KVM_RUN` that does all but enter the guest.
  @Suite("Settling a vCPU", .requiresKVM)
  struct SettlingTests {
    /// Local APICs in the kernel, and `inc %ax; jmp` at 0x1000, in real mode.
    private func machine() throws -> VirtualMachine {
      KickSignal.install()
      let memory = try GuestMemory(size: 1 << 20)
      let isWritten = memory.write([0xff, 0xc0, 0xeb, 0xfc], at: 0x1000)
      try #require(isWritten)
      let machine = try VirtualMachine(on: KVMSystem(), memory: memory)
      try machine.createInterruptControllers()
      return machine
    }

    private func start(_ vcpu: borrowing VirtualCPU, takesInterrupts: Bool = false) throws {
      var special = try vcpu.specialRegisters()
      (special.cs.base, special.cs.selector) = (0, 0)
      try vcpu.setSpecialRegisters(special)
      var registers = try vcpu.registers()
      registers.rip = 0x1000
      registers.rax = 0
      registers.rflags = takesInterrupts ? 0x202 : 2
      try vcpu.setRegisters(registers)
    }

    private func position(_ vcpu: borrowing VirtualCPU) throws -> [UInt64] {
      let registers = try vcpu.registers()
      return [registers.rip, registers.rax, registers.rflags]
    }

    private func localAPIC(of vcpu: borrowing VirtualCPU) throws -> LocalAPICPage {
      let bytes = try vcpu.state(.localAPIC)
      return LocalAPICPage(try #require(bytes))
    }

    private func events(of vcpu: borrowing VirtualCPU) throws -> [UInt8] {
      let bytes = try vcpu.state(.events)
      return try #require(bytes)
    }

    @Test("the guest executes nothing, and would have otherwise")
    func executesNothing() throws {
      let machine = try machine()
      let vcpu = try machine.createVCPU(0)
      try start(vcpu)
      let before = try position(vcpu)
      for _ in 0..<2000 { #expect(try vcpu.settle() == .interrupted) }
      #expect(try position(vcpu) == before)
      let target = pthread_self()
      let isOver = Flag()
      let thread = try HostThread(named: "kick") {
        while !isOver.value.load(ordering: .sequentiallyConsistent) {
          usleep(10_000)
          pthread_kill(target, SIGURG)
        }
      }
      vcpu.requestImmediateExit(false)
      // Threads on which tests run hold signals back.
      KickSignal.unblock()
      defer { KickSignal.block() }
      repeat { #expect(try vcpu.enter() == .interrupted) } while try position(vcpu) == before
      isOver.value.store(true, ordering: .sequentiallyConsistent)
      thread.join()
      #expect(try position(vcpu) != before)
    }

    private final class Flag: Sendable { let value = Atomic<Bool>(false) }

    @Test("a kick's request for an immediate exit stands afterwards")
    func kick() throws {
      let machine = try machine()
      let vcpu = try machine.createVCPU(0)
      try start(vcpu)
      for isRequested in [false, true] {
        vcpu.requestImmediateExit(isRequested)
        #expect(try vcpu.settle() == .interrupted)
        #expect(try vcpu.enter() == .interrupted)
        #expect(try vcpu.registers().rax == 0)
      }
    }

    @Test("a vCPU that halts, or waits to be started, remains in that")
    func resting() throws {
      let machine = try machine()
      let first = try machine.createVCPU(0)
      let second = try machine.createVCPU(1)
      try start(first)
      try first.setState(.runState, [UInt8](UInt32(KVM_MP_STATE_HALTED)))
      let (halted, waiting) = try (first.state(.runState), second.state(.runState))
      let before = try position(first)
      for _ in 0..<100 {
        #expect(try first.settle() == .interrupted)
        #expect(try second.settle() == .interrupted)
      }
      #expect(try first.state(.runState) == halted)
      #expect(try second.state(.runState) == waiting)
      #expect(try position(first) == before)
    }

    /// Sets a one-shot or periodic timer that expires, after 20 ms, while the vCPU is not in `KVM_RUN`.
    @Test("an expiry is in IRR then, and not before", arguments: [0, 0x2_0000] as [UInt32])
    func expiry(mode: UInt32) throws {
      let machine = try machine()
      let vcpu = try machine.createVCPU(0)
      try start(vcpu)
      var bytes = try localAPIC(of: vcpu).bytes
      bytes.set(0xf0, UInt32(0x1ff))
      bytes.set(0x320, mode | 0x31)
      bytes.set(0x3e0, UInt32(0xb))
      bytes.set(0x380, UInt32(60_000_000))
      bytes.set(0x390, UInt32(20_000_000))
      try vcpu.setState(.localAPIC, bytes)
      // The first entry lets the timer's host timer run on this processor.
      #expect(try vcpu.settle() == .interrupted)
      usleep(30_000)
      #expect(try localAPIC(of: vcpu).isTimerRequested == false)
      #expect(try vcpu.completeExit() == .interrupted)
      #expect(try localAPIC(of: vcpu).isTimerRequested == false)
      #expect(try vcpu.settle() == .interrupted)
      #expect(try localAPIC(of: vcpu).isTimerRequested)
      #expect(try position(vcpu)[1] == 0)
    }

    /// Older kernels tell one pending NMI of two; but one of two is in delivery once the vCPU is settled.
    @Test(
      "of NMIs none is lost: pending, blocked, or two at once", arguments: [1, 2, 3], [false, true])
    func nonMaskable(count: Int, isBlocked: Bool) throws {
      /// Whether one is in delivery, how many are pending, and whether they are blocked: by one that is in
      /// delivery they may be.
      func nmis(_ vcpu: borrowing VirtualCPU) throws -> [UInt8] {
        try Array(events(of: vcpu)[12...14])
      }
      let first = try machine()
      let source = try first.createVCPU(0)
      try start(source)
      if isBlocked {
        var bytes = try events(of: source)
        bytes[14] = 1
        try source.setState(.events, bytes)
      }
      for _ in 0..<count {
        let result = ckvm_nmi(source.descriptor.number)
        try #require(result == 0)
      }
      #expect(try source.settle() == .interrupted)
      let saved = try nmis(source)
      #expect(saved[0...1] == (isBlocked ? [0, 1] : [1, UInt8(min(count, 2) - 1)]))
      let second = try machine()
      let target = try second.createVCPU(0)
      for part in VCPUStatePart.allCases {
        try source.state(part).map { try target.setState(part, $0) }
      }
      #expect(try nmis(target) == saved)
      #expect(try target.settle() == .interrupted)
      #expect(try nmis(target) == saved)
    }
  }
}
