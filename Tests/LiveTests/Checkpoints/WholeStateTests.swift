import CKVM
import Glibc
import KVM
import LinuxHost
import TestSupport
import Testing

@testable import VMM

extension LiveUntimed {
  /// Every register that a guest can see, filled with an odd value, saved, and set in another VM.
  @Suite("Whole state", .requiresKVM)
  struct WholeStateTests {
    /// What is pending: each excludes the others.
    enum Pending: CaseIterable { case exception, interrupt, nmi, systemManagement }

    /// MSRs that move by themselves: IA32_TSC, and of Hyper-V's the thread's CPU time (VP_RUNTIME) and
    /// the time since boot (TIME_REF_COUNT).
    static let clocks: Set<UInt32> = [0x10, 0x4000_0010, 0x4000_0020]
    /// TMCCT, which counts down: bytes of the local APIC's page.
    private static let timerCount = 0x390..<0x394
    /// FIP and FDP, which QEMU's processor does not keep.
    private static let exceptionPointers = 8..<24

    @Test(
      "every register comes back, byte for byte", arguments: IRQChip.allCases, Pending.allCases)
    func everyRegister(_ irqchip: IRQChip, _ pending: Pending) throws {
      let first = try machine(irqchip)
      let source = try first.createVCPU(0)
      let features = try KVMSystem().supportedFeatures()
      try source.setFeatures(features, index: 0)
      let untouched = try read(source)
      try fill(source, irqchip, pending)
      let saved = try read(source)
      for part in saved.keys where part != .features {
        // Without a local APIC in the kernel a vCPU has one run state.
        if part == .runState && irqchip == .user { continue }
        #expect(saved[part] != untouched[part], "\(part) was not filled")
      }

      let second = try machine(irqchip)
      let target = try second.createVCPU(0)
      for part in VCPUStatePart.allCases {
        if let bytes = saved[part] { try target.setState(part, bytes) }
      }
      expectEqual(try read(target), saved, "as set")
      // KVM_RUN takes some state from the page that it shares.
      #expect(try target.completeExit() == .interrupted)
      expectEqual(try read(target), saved, "after an entry")
      #expect(try source.completeExit() == .interrupted)
      expectEqual(try read(source), saved, "of the source, after an entry")
    }

    /// All but when channels 1 and 2 were loaded, which is the moment at which they are set.
    @Test("every register of the kernel's i8254 comes back, byte for byte")
    func everyTimerRegister() throws {
      let first = try machine(.kernel)
      let second = try machine(.kernel)
      try first.createTimer()
      try second.createTimer()
      let untouched = try first.timerState()
      for mode in [0, 2, 3] as [UInt8] {
        var filled = untouched
        for channel in 0..<3 {
          let place = 24 * channel
          filled.set(place, UInt32(0xfed1 - channel))
          filled.set(place + 4, UInt16(0xab12 + channel))
          // Latched count and status, the status, states of reading and writing, the half that is written.
          for (offset, value) in [1, 1, 0x36, 3, 4, 0x5a, 3].enumerated() {
            filled[place + 6 + offset] = UInt8(value)
          }
          filled[place + 13] = channel == 0 ? mode : 3
          filled[place + 14] = 1
          filled[place + 15] = UInt8(channel & 1)
        }
        filled.set(72, UInt32(2))
        try first.setTimerState(KernelTimerState(filled).bytes)
        let saved = try first.timerState()
        try second.setTimerState(KernelTimerState(saved).bytes)
        let restored = try second.timerState()
        for (offset, byte) in filled.enumerated() where offset >= 72 || offset % 24 < 16 {
          #expect(saved[offset] == byte && restored[offset] == byte, "mode \(mode), byte \(offset)")
        }
      }
    }

    /// An interrupt that was queued by the shared page, and not by a request.
    @Test("state that is set ends what was queued before it", arguments: [false, true])
    func queuedInterrupt(_ isShared: Bool) throws {
      let machine = try machine(.user)
      let vcpu = try machine.createVCPU(0)
      var registers = try vcpu.registers()
      registers.rflags |= 0x200
      try vcpu.setRegisters(registers)
      let none = try #require(try vcpu.state(.events))
      if isShared {
        // From the second one on, events are in the shared page.
        try vcpu.inject(vector: 0x30)
        #expect(try vcpu.completeExit() == .interrupted)
        try vcpu.setState(.events, none)
        try vcpu.inject(vector: 0x30)
        #expect(try vcpu.completeExit() == .interrupted)
      }
      try vcpu.inject(vector: 0x31)
      try vcpu.setState(.events, none)
      #expect(try vcpu.completeExit() == .interrupted)
      #expect(try vcpu.state(.events) == none)
    }

    /// The guest lowers CR8 at its end, which some backends make an exit of.
    @Test(
      "a guest's registers are as it left them, when it continues elsewhere",
      arguments: ["--irqchip user", "--irqchip kernel", "--irqchip split", "--clock virtual"])
    func guest(_ options: String) {
      let result = shell(
        """
        $SWVMM run registers \(options) && $SWVMM run registers \(options) --snapshot-on mark=1 F &&
        $SWVMM restore F
        """)
      #expect(result.status == 0 && result.output == "differ: 0\ndiffer: 0\n", "\(result)")
    }

    // MARK: What is refused

    @Test("an MSR that is not saved here is refused by its number, before any is set")
    func foreignRegisters() throws {
      let vcpu = try machine(.user).createVCPU(0)
      func entries(_ registers: [(UInt32, UInt64)]) -> [UInt8] {
        registers.flatMap { [UInt8](UInt64($0)) + [UInt8]($1) }
      }
      // IA32_MCG_CAP: of the host's to set, and no guest's.
      for index in [0x179, 0xffff_fff0] as [UInt32] {
        #expect(
          throws: KVMError.unsuitableState(
            "MSR 0x\(String(index, radix: 16)) is not one that is saved here, or is there twice")
        ) { try vcpu.setState(.modelSpecificRegisters, entries([(0x174, 5), (index, 1)])) }
      }
      #expect(throws: KVMError.self) {
        try vcpu.setState(.modelSpecificRegisters, entries([(0x174, 5), (0x175, 1), (0x174, 6)]))
      }
      #expect(try vcpu.modelSpecificRegister(0x174) == 0)
      try vcpu.setState(.modelSpecificRegisters, entries([(0x174, 5)]))
      #expect(try vcpu.modelSpecificRegister(0x174) == 5)
    }

    @Test(
      "a checkpoint with such an MSR is refused, and a CR8 of more than 4 bits", arguments: [0, 1])
    func foreignCheckpoint(_ number: Int) throws {
      let folder = TemporaryFolder()
      var contents = try CheckpointImage(
        reading: CheckpointImage.make(in: folder, "hello", after: "out 0x3f8"))
      if number == 0 {
        contents["MSRS"] += [UInt8](UInt64(0x179)) + [UInt8](UInt64(1))
      } else {
        contents["SREG"].set(256, UInt64(0x10))
      }
      let result = shell("$SWVMM restore \(folder.file("other", contents.file))")
      #expect(result.status == 65 && result.hasOneLineOfComplaint, "\(result)")
      #expect(result.errors.contains(number == 0 ? " MSR 0x179 " : " CR8 is 0x10;"))
    }

    @Test("guest memory that went away is an error that says so")
    func lostMemory() throws {
      let folder = TemporaryFolder()
      let path = folder.file("pages", [UInt8](repeating: 0xf4, count: 2 * 4096))
      let machine = try VirtualMachine(
        on: KVMSystem(),
        memory: GuestMemory(
          size: 1 << 20, pages: RangeSet(0..<2), from: RegularFile(reading: path), at: 0))
      let vcpu = try machine.createVCPU(0)
      try vcpu.jump(to: 0x1000)
      try #require(truncate(path, 4096) == 0)
      do {
        let exit = try vcpu.enter()
        guard case .emulationFailure = exit else {
          Issue.record("\(exit); only a backend that emulates real mode may find another error")
          return
        }
      } catch {
        #expect(
          "\(error)" == "KVM_RUN of guest memory: Bad address (EFAULT): guest memory went away; "
            + "was the checkpoint's file cut off?")
      }
    }

    // MARK: The parts

    private func machine(_ irqchip: IRQChip) throws -> VirtualMachine {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 1 << 20))
      switch irqchip {
      case .user: break
      case .kernel: try machine.createInterruptControllers()
      case .split: try machine.createLocalControllers(pins: 24)
      }
      return machine
    }

    private func read(_ vcpu: borrowing VirtualCPU) throws -> [VCPUStatePart: [UInt8]] {
      var state: [VCPUStatePart: [UInt8]] = [:]
      for part in VCPUStatePart.readingOrder { state[part] = try vcpu.state(part) }
      return state
    }

    private func expectEqual(
      _ state: [VCPUStatePart: [UInt8]], _ saved: [VCPUStatePart: [UInt8]], _ moment: String
    ) {
      #expect(Set(state.keys) == Set(saved.keys))
      for (part, bytes) in saved {
        let others = state[part] ?? []
        #expect(others.count == bytes.count, "\(part) \(moment)")
        let different = zip(bytes, others).enumerated().filter { $1.0 != $1.1 }.map(\.offset)
          .filter { offset in
            switch part {
            case .localAPIC: !Self.timerCount.contains(offset)
            case .extendedState: !(isEmulated && Self.exceptionPointers.contains(offset))
            case .modelSpecificRegisters:
              !Self.clocks.contains(bytes.number(at: offset & ~15, UInt32.self))
            default: true
            }
          }
        #expect(different == [], "\(part) \(moment): bytes that differ")
      }
    }
  }
}
