import TestSupport
import Testing

@testable import VMM

extension LiveWaiting {
  /// Guests that are dead, and guests that look it.
  @Suite("Dead guests", .requiresKVM, .timeLimit(.minutes(3)))
  struct DeathTests {
    @Test("each CPU starts the next and halts: none is forgotten", arguments: [2, 3, 10])
    func startAndHalt(cpus: Int) {
      for _ in 0..<repetitions(20) {
        let result = shell("$SWVMM run start-halt --cpus \(cpus)")
        #expect(result.output == "\(cpus - 1)\n" && result.status == 0, "\(result)")
      }
    }

    @Test("as in virtual time", arguments: [2, 10])
    func startAndHaltVirtually(cpus: Int) {
      let result = shell("$SWVMM run start-halt --cpus \(cpus) --clock virtual")
      #expect(result.output == "\(cpus - 1)\n" && result.status == 0, "\(result)")
    }

    @Test("a start that was asked for is in a checkpoint of a machine that is otherwise halted")
    func restoredStart() {
      for exit in [3, 4, 5, 6] {
        let result = shell(
          "$SWVMM run start-halt --cpus 2 --clock virtual --snapshot-on exit=\(exit) f && $SWVMM restore f"
        )
        #expect(result.output == "1\n" && result.status == 0, "\(exit): \(result)")
      }
    }

    @Test("an NMI may come while interrupts are off", arguments: [IRQChip.kernel, .split])
    func nonMaskable(controller: IRQChip) {
      let result = shell("$SWVMM run nmi-wake --irqchip \(controller.rawValue) --timeout 20")
      #expect(result.output == "woken\n" && result.status == 0, "\(result)")
    }

    @Test("a guest that halts in its NMI handler is dead", arguments: [IRQChip.kernel, .split])
    func deadInHandler(controller: IRQChip) {
      let result = shell("$SWVMM run nmi-wake --irqchip \(controller.rawValue) --timeout 20 -- 1")
      #expect(result.output == "woken\n" && result.status == 101, "\(result)")
    }

    @Test(
      "a checkpoint taken while an NMI is to come has it, and the run that continues, too",
      arguments: [IRQChip.kernel, .split])
    func checkpointBeforeNMI(controller: IRQChip) {
      let result = shell(
        """
        $SWVMM run nmi-wake --irqchip \(controller.rawValue) --snapshot-on mark=1 f --keep-running \
          --timeout 20 && $SWVMM restore f --timeout 20
        """)
      #expect(result.output == "woken\nwoken\n" && result.status == 0, "\(result)")
    }

    @Test(
      "the end of the input is a hang-up for who watches that alone",
      arguments: IRQChip.allCases, ["", "-- 1"])
    func hangUp(controller: IRQChip, arguments: String) {
      let command = "$SWVMM run hang-up --irqchip \(controller.rawValue) --timeout 20 \(arguments)"
      for input in ["\(command) </dev/null", "sleep 0.1 | \(command)"] {
        let result = shell(input)
        #expect(result.output == "hang-up\n" && result.status == 0, "\(input): \(result)")
      }
    }

    @Test("a hang-up behind a byte that is not read cannot come: the guest is dead")
    func hangUpBehindByte() {
      #expect(shell("printf ab | $SWVMM run hang-up --timeout 20").status == 101)
    }

    @Test("without input in virtual time there is no hang-up: the guest is dead")
    func hangUpVirtually() {
      #expect(shell("$SWVMM run hang-up --clock virtual </dev/null").status == 101)
    }
  }
}
