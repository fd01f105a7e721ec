import LinuxHost
import TestSupport
import Testing

@testable import KVM
@testable import VMM

/// A guest that keeps books on one source of interrupts in the kernel, and ends with 0 if they balance.
struct LedgerGuest: CustomTestStringConvertible, Sendable {
  let name: String
  let irqchip: IRQChip
  var hasTimer: Bool { name.hasPrefix("pit") }
  var testDescription: String { "\(name) \(irqchip)" }
  fileprivate var arguments: String { get throws { try "4 \(Self.tscKilohertz) \(repeats)" } }
  /// What a level that fell may be delivered as once more by this host: a guest has to know it.
  private var repeats: Int {
    get throws { name == "ioapic-level" ? try deliveriesOfOneInterrupt(irqchip) - 1 : 0 }
  }

  static let all: [LedgerGuest] =
    ["apic-oneshot", "apic-periodic", "apic-deadline", "ioapic-edge", "ioapic-level", "nmi"]
    .flatMap { name in
      [IRQChip.kernel, .split].map { LedgerGuest(name: name, irqchip: $0) }
    }
    + ["pit-oneshot", "pit-periodic"].map { LedgerGuest(name: $0, irqchip: .kernel) }

  fileprivate func configuration(_ checkpoint: CheckpointPlan? = nil) -> MachineConfiguration {
    var configuration = MachineConfiguration()
    configuration.memorySize = 4 << 20
    configuration.irqchip = irqchip
    configuration.hasKernelTimer = hasTimer
    configuration.checkpoint = checkpoint
    configuration.console = nil
    configuration.readsInput = false
    configuration.timeoutNanoseconds = 20_000_000_000
    return configuration
  }

  fileprivate func machine(
    _ system: borrowing KVMSystem, _ checkpoint: CheckpointPlan? = nil
  ) throws -> Machine {
    try Machine(
      configuration(checkpoint), on: system,
      image: BootImage(#require(BuiltInGuest.named(name)).file),
      commandLine: Array(arguments.utf8))
  }

  fileprivate func outcome(restoring file: String, _ system: borrowing KVMSystem) throws -> Outcome
  {
    try Machine(restoring: file, configuration(), on: system, countsStoppedTime: false).run()
      .outcome
  }

  /// By which the guests tell what is early.
  ///
  /// A thousandth less than the host says: KVM rounds this frequency and the i8254's.
  private static let tscKilohertz: UInt32 =
    (try? VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 1 << 20)).createVCPU(0)
    .tscFrequency()).map { $0 - $0 / 1000 } ?? 0
}

extension Live {
  /// Nothing of the kernel's timers and controllers is lost or doubled, wherever a machine is saved: the one that
  /// is saved continues as if it had not been, and so does the one that is brought back.
  @Suite("Cuts of the kernel's timers", .requiresKVM, .timeLimit(.minutes(60)))
  final class KernelTimerCutTests {
    private let folder = TemporaryFolder(inMemory: true)
    private var file: String { folder.path + "/cut" }

    @Test("saved after any exit, both machines come out right", arguments: LedgerGuest.all)
    func everyExit(guest: LedgerGuest) throws {
      let system = try KVMSystem()
      let stride = isEmulated ? 13 : isThorough ? 2 : 11
      var cuts = 0
      for exit in Swift.stride(from: 1, through: .max, by: stride) {
        let plan = CheckpointPlan(.exit(UInt64(exit)), file: file, keepsRunning: true)
        let result = try guest.machine(system, plan).run()
        #expect(result.outcome == .exited(code: 0), "that was saved after exit \(exit)")
        // The last exit is the guest's end.
        guard result.checkpoints == 1 else { break }
        let outcome = try guest.outcome(restoring: file, system)
        #expect(outcome == .exited(code: 0), "from exit \(exit)")
        cuts += 1
      }
      #expect(cuts > 0)
    }

    /// Each run saves at one of so many steps, and the runs begin at different ones: a loop that waits has as
    /// many turns as time passes, so it is not the same instructions each time.
    @Test("saved after any instruction, both machines come out right", arguments: LedgerGuest.all)
    func everyInstruction(guest: LedgerGuest) throws {
      KickSignal.install()
      // Threads on which tests run hold signals back.
      KickSignal.unblock()
      let system = try KVMSystem()
      let stride = isThorough ? 16 : isEmulated ? 97 : 31
      // All 16 beginnings take a quarter of an hour.
      for offset in isThorough ? [0, 5, 10, 15] : [0] {
        let stepped = try SteppedMachine(guest.machine(system))
        var steps = 0
        var cuts = 0
        while try stepped.step() {
          steps += 1
          guard steps % stride == offset else { continue }
          try stepped.save(to: file)
          let place = try
            "from step \(steps), at 0x\(String(stepped.instructionPointer(), radix: 16))"
          let outcome = try guest.outcome(restoring: file, system)
          #expect(outcome == .exited(code: 0), "\(place)")
          cuts += 1
        }
        #expect(stepped.outcome == .exited(code: 0), "that was saved \(cuts) times")
        #expect(cuts > 0)
      }
    }

    @Test(
      "saved by the command, guests continue in a new process",
      arguments: LedgerGuest.all.filter { !$0.hasTimer }, isThorough ? [1, 2, 3] : [2])
    func newProcess(guest: LedgerGuest, mark: Int) throws {
      let result = try shell(
        """
        $SWVMM run \(guest.name) --irqchip \(guest.irqchip) --checkpoint-on mark=\(mark) F -- \(guest.arguments) &&
        $SWVMM restore F
        """)
      #expect(result.status == 0, "\(result)")
    }

    // MARK: Files

    @Test(
      "a checkpoint of before levels were remembered is restored, and a part that cannot be is refused"
    )
    func sections() throws {
      let system = try KVMSystem()
      let guest = LedgerGuest(name: "pit-oneshot", irqchip: .kernel)
      let plan = CheckpointPlan(.mark(1), file: file, keepsRunning: false)
      #expect(try guest.machine(system, plan).run().outcome == .checkpointed(file: file))
      let saved = try CheckpointImage(reading: file)

      var old = saved
      old.sections.removeAll { $0.tag == "PINS" }
      #expect(
        try guest.outcome(restoring: folder.file("old", old.file), system) == .exited(code: 0))

      var contents = saved
      contents["PINS"].set(0, UInt32(1 << 24))
      contents.expectRefusal(in: folder, saying: "section PINS 0: line 24 or above is high")
      contents = saved
      contents["PIT2"].set(24, UInt32(0x1_0001))
      contents.expectRefusal(in: folder, saying: "a count of the i8254's is above 65536")
      contents = saved
      contents["PIT2"].removeLast()
      contents.expectRefusal(in: folder, saying: "an i8254 of 111 bytes; this host takes 112")
      // With the split controller there is no i8254.
      let split = LedgerGuest(name: "nmi", irqchip: .split)
      #expect(try split.machine(system, plan).run().outcome == .checkpointed(file: file))
      contents = try CheckpointImage(reading: file)
      for tag in ["PIT2", "PINS"] {
        contents.sections.append(saved.sections.first { $0.tag == tag }!)
        contents.expectRefusal(
          in: folder, saying: "section \(tag) 0: belongs to no part of the machine")
        contents.sections.removeLast()
      }
    }

    /// *Why a machine in six runs for longer than a period:* a cut begins the i8254's period anew, so no tick would
    /// ever come; where the TSC cannot be offset, the guest sees the time between its machines, too, and gives up.
    @Test(
      "in a chain of machines, each cut after some exits, the books balance",
      arguments: LedgerGuest.all)
    func chain(guest: LedgerGuest) throws {
      let system = try KVMSystem()
      var random = SplitMix64(seed: 11)
      var links = 0
      func plan() -> CheckpointPlan {
        let isLong = guest.name == "pit-periodic" && links % 6 == 5
        let exits: ClosedRange<UInt64> = isLong ? 300...400 : 1...6
        return CheckpointPlan(
          .exit(.random(in: exits, using: &random)), file: file, keepsRunning: false)
      }
      var outcome = try guest.machine(system, plan()).run().outcome
      while outcome == .checkpointed(file: file) {
        links += 1
        outcome = try Machine(
          restoring: file, guest.configuration(links < repetitions(200) ? plan() : nil), on: system,
          countsStoppedTime: false
        ).run().outcome
      }
      #expect(outcome == .exited(code: 0), "after \(links) links")
      #expect(links > 3)
    }
  }
}

extension CheckpointImage {
  fileprivate func expectRefusal(in folder: borrowing TemporaryFolder, saying text: String) {
    let result = shell("$SWVMM restore \(folder.file("refused", file))")
    #expect(result.isRefusal && result.errors.contains(text), "\(result)")
  }
}
