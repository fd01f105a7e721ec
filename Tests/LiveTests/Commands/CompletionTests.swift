import CKVM
import KVM
import LinuxHost
import Synchronization
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// Exits of one instruction, up to its last.
  @Suite("Completion of exits", .requiresKVM, .timeLimit(.minutes(5)))
  struct CompletionTests {
    /// Beyond RAM: where DS is based.
    private static let device: UInt64 = 0x20000

    /// A vCPU in real mode at `code`, with DS based where nothing is.
    private func start(
      _ machine: borrowing VirtualMachine, _ vcpu: borrowing VirtualCPU, _ code: [UInt8]
    ) throws {
      let isWritten = machine.memory.write(code + [0xf4], at: 0x1000)
      #expect(isWritten)
      var special = try vcpu.specialRegisters()
      (special.ds.base, special.ds.selector) = (Self.device, 0x2000)
      try vcpu.setSpecialRegisters(special)
      try vcpu.jump(to: 0x1000) { ($0.rdi, $0.rcx) = (0x3000, 3) }
    }

    private func machine() throws -> VirtualMachine {
      try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 0x10000))
    }

    @Test("completing the load of a read-modify-write asks for its store, and then for nothing")
    func readModifyWrite() throws {
      let machine = try machine()
      let vcpu = try machine.createVCPU(0)
      try start(machine, vcpu, [0x66, 0x83, 0x0e, 0, 0, 1])  // orl $1, (0)
      #expect(try vcpu.enter() == .load(address: Self.device, size: 4))
      vcpu.answerLoad(4)
      #expect(try vcpu.completeExit() == .store(address: Self.device, size: 4, value: 5))
      #expect(try vcpu.completeExit() == .interrupted)
      #expect(try vcpu.registers().rip == 0x1006)
      // Another thread's request of the same kind would have been taken back, too.
      #expect(try vcpu.enter() == .interrupted)
      #expect(try vcpu.registers().rip == 0x1006)
      vcpu.requestImmediateExit(false)
      #expect(try vcpu.enter() == .halt)
    }

    @Test("a repeated move out of a device arrives whole, completed after each of its exits")
    func repeatedMove() throws {
      let machine = try machine()
      let vcpu = try machine.createVCPU(0)
      try start(machine, vcpu, [0xf3, 0xa4])  // rep movsb
      var loads: [UInt64] = []
      var exit = VCPUExit.interrupted
      while exit != .halt {
        vcpu.requestImmediateExit(false)
        exit = try vcpu.enter()
        while case .load(let address, 1) = exit {
          loads.append(address)
          vcpu.answerLoad(UInt64(0x40 + loads.count))
          exit = try vcpu.completeExit()
        }
      }
      #expect(loads == (0..<3).map { Self.device + $0 })
      let moved = machine.memory.bytes(at: 0x3000, count: 4)
      #expect(moved == [0x41, 0x42, 0x43, 0])
    }

    // MARK: Cuts

    /// The guest `halves` looks at each value that its instructions brought about.
    @Test(
      "cut after any exit at the host's time, an instruction is done, here and where it is restored",
      arguments: IRQChip.allCases, [false, true])
    func cuts(controller: IRQChip, keepsRunning: Bool) throws {
      let folder = TemporaryFolder(inMemory: true)
      let system = try KVMSystem()
      let image = try BootImage(#require(BuiltInGuest.named("halves")).file)
      var configuration = MachineConfiguration()
      configuration.irqchip = controller
      configuration.memorySize = 4 << 20
      configuration.console = nil
      configuration.readsInput = false
      // A sixth of the exits for each of the six, and not the same, unless the run is thorough.
      let first =
        1 + (IRQChip.allCases.firstIndex(of: controller) ?? 0) * 2 + (keepsRunning ? 1 : 0)
      let places =
        isThorough
        ? stride(from: 1, through: .max, by: 1) : stride(from: first, through: .max, by: 6)
      for exit in places {
        let file = folder.path + "/\(exit)"
        var saving = configuration
        saving.checkpoint = CheckpointPlan(
          .exit(UInt64(exit)), file: file, keepsRunning: keepsRunning)
        let result = try Machine(saving, on: system, image: image).run()
        guard result.checkpoints == 1 else {
          #expect(exit > 40 && result.outcome == .exited(code: 0))
          return
        }
        #expect(result.outcome == (keepsRunning ? .exited(code: 0) : .checkpointed(file: file)))
        let restored = try Machine(
          restoring: file, configuration, on: system, countsStoppedTime: false)
        #expect(try restored.run().outcome == .exited(code: 0), "cut after exit \(exit)")
      }
    }
  }
}
