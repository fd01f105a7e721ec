import BugMuseum
import KVM
import LinuxHost
import TestSupport
import Testing
import TimerModels

@testable import VMM

/// The Count/Compare timer under guests that check it themselves.
extension LiveUntimed {
  @Suite("Timer guests", .requiresKVM, .timeLimit(.minutes(10)))
  struct TimerGuestTests {
    @Test(
      "every CPU takes the ticks of its own Count/Compare timer, by every controller",
      arguments: ["user", "kernel", "split"], [1, 2, 5])
    func privateTicks(controller: String, cpus: Int) {
      let result = shell("$SWVMM run smp-count --irqchip \(controller) --cpus \(cpus) -- 20 2000")
      #expect(result.status == 0, "\(result.output) \(result.errors)")
    }

    @Test(
      "tick gets one interrupt for every crossing", arguments: IRQChip.allCases,
      [100, 1000, 5000])
    func tick(controller: IRQChip, period: Int) throws {
      let result = shell("$SWVMM run tick --irqchip \(controller.rawValue) -- 100 \(period)")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(result.output.hasPrefix("ticks: 100\n"))
      // A host that ends level interrupts before the guest does delivers some twice, and the guest
      // says so. Anywhere else an interrupt without its cause is a fault of this program.
      if try deliveriesOfOneInterrupt(controller) == 1 {
        #expect(number("spurious", in: result.output) == 0)
      }
    }

    @Test("Count never jumps", arguments: IRQChip.allCases)
    func countContinuity(controller: IRQChip) {
      let result = shell("$SWVMM run count-continuity --irqchip \(controller.rawValue)")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test("freezing loses and doubles no interrupt", arguments: IRQChip.allCases)
    func freezeRace(controller: IRQChip) throws {
      let freezes = repetitions(100_000)
      let result = shell(
        "$SWVMM run freeze-race --irqchip \(controller.rawValue) --timeout 300 -- \(freezes)")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(number("lost", in: result.output) == 0)
      #expect(number("doubled", in: result.output) == 0)
      #expect(try #require(number("freezes", in: result.output)) >= freezes)
    }

    @Test("a Compare written while the old one is reached leaves nothing of the old one behind")
    func ackRace() {
      for controller in IRQChip.allCases {
        let result = shell("$SWVMM run ack-race --irqchip \(controller.rawValue) --timeout 200")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
      }
    }

    /// The same guest and the same device, with one operation as it was before its fix.
    @Test("with the freeze race of Linux 3.16 put back, the same guest loses interrupts")
    func freezeRaceBeforeTheFix() throws {
      let rightOne = try outcome(of: "freeze-race", "20000", rules: CountCompareTimer.self)
      let faultyOne = try outcome(of: "freeze-race", "20000", rules: FreezeLostInterrupt.self)
      #expect(rightOne == .exited(code: 0))
      #expect(faultyOne == .exited(code: 1))
    }

    @Test("with the acknowledgement before the freeze, the same guest finds stale interrupts")
    func ackRaceBeforeTheFix() throws {
      let rightOne = try outcome(of: "ack-race", "", rules: CountCompareTimer.self)
      let faultyOne = try outcome(of: "ack-race", "", rules: CompareAcknowledgeRace.self)
      #expect(rightOne == .exited(code: 0))
      #expect(faultyOne == .exited(code: 1))
    }

    private func outcome(
      of guest: String, _ arguments: String, rules: any CountCompareRules.Type
    ) throws -> Outcome {
      var configuration = MachineConfiguration()
      configuration.console = .error
      configuration.readsInput = false
      configuration.timeoutNanoseconds = 300_000_000_000
      configuration.rules.countCompare = rules
      let image = try BootImage(#require(BuiltInGuest.named(guest)).file)
      return try Machine(
        configuration, on: KVMSystem(), image: image, commandLine: Array(arguments.utf8)
      ).run().outcome
    }
  }

  @Suite("Virtual time", .requiresKVM, .timeLimit(.minutes(5)))
  struct VirtualTimeTests {
    @Test(
      "two runs print and trace the same, byte for byte",
      arguments: ["tick", "tick --exit-cost 12345", "smp-hello --cpus 4", "count-continuity"])
    func twoRuns(guest: String) {
      let run = "$SWVMM run \(guest) --clock virtual --trace"
      let result = shell(
        "\(run) 1 >a && \(run) 2 >b && cmp a b && cmp 1 2 && test -s 1 && echo same")
      #expect(result.output == "same\n")
      #expect(result.errors == "")
    }

    @Test("a halt lasts until the next alarm and costs no time of the host's")
    func longHalts() {
      // 100 ticks of 10 s each: a quarter of an hour.
      let result = shell("$SWVMM run tick --clock virtual --timeout 2000 -- 100 10000000")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(result.output.hasPrefix("ticks: 100\nskipped: 0\nspurious: 0\ncrossings: 100\n"))
    }

    @Test("virtual time over is a timeout, and nothing to wake for is a dead guest")
    func ends() {
      let folder = TemporaryFolder()
      // out %al, $0x80; jmp back: exits for ever.
      let image = folder.file("forever", [0xe6, 0x80, 0xeb, 0xfc])
      let result = shell("$SWVMM run \(image) --clock virtual --timeout 0.01 --stats")
      #expect(result.status == 124)
      // 10 ms at 1 us an exit.
      #expect(result.errors.contains(" 10000 "))
      #expect(shell("$SWVMM run dead-halt --clock virtual").status == 101)
      #expect(shell("$SWVMM run echo --clock virtual").status == 0)
    }

    @Test("virtual time needs the user-space controller", arguments: ["kernel", "split"])
    func controllers(controller: String) {
      let result = shell("$SWVMM run hello --clock virtual --irqchip \(controller)")
      #expect(result.status == 64)
      #expect(result.hasOneLineOfComplaint)
    }
  }
}
