import TestSupport
import Testing

@testable import VMM

extension Live {
  /// Each built-in guest on the real `/dev/kvm`, with every kind of interrupt controller.
  @Suite("Guests on KVM", .requiresKVM, .timeLimit(.minutes(5)))
  struct GuestTests {
    @Test("hello greets and ends with 0", arguments: IRQChip.allCases)
    func hello(controller: IRQChip) {
      let result = run("hello", controller)
      #expect(result.output == "hello from a guest of swvmm\n")
      #expect(result.errors == "")
      #expect(result.status == 0)
    }

    @Test(
      "the guest's code is the exit status; one that a status cannot hold is printed in full",
      arguments: [
        (0, 0, ""), (1, 1, ""), (63, 63, ""),
        (64, 63, "swvmm: the guest's exit code is 64 (status 63)\n"),
        (4_294_967_295, 63, "swvmm: the guest's exit code is 4294967295 (status 63)\n"),
      ])
    func exitCode(code: Int, status: Int32, errors: String) {
      let result = shell("$SWVMM run exit-code -- \(code)")
      #expect(result.status == status)
      #expect(result.errors == errors)
      #expect(result.output == "")
    }

    @Test("marks are counted and traced in order", arguments: IRQChip.allCases)
    func marks(controller: IRQChip) {
      let result = shell(
        "$SWVMM run marks --irqchip \(controller.rawValue) --trace t --stats && grep -o 'mark .*' t"
      )
      #expect(
        result.output == "wrote marks 1 to 8\n" + (1...8).map { "mark \($0)\n" }.joined())
      #expect(result.errors.hasSuffix("marks: 8\n"))
      #expect(result.status == 0)
    }

    @Test(
      "every CPU says hello in its turn", arguments: IRQChip.allCases, [1, 2, 4, 16])
    func smpHello(controller: IRQChip, cpus: Int) {
      let result = run("smp-hello --cpus \(cpus)", controller)
      #expect(
        result.output == (0..<cpus).map { "hello from cpu \($0)\n" }.joined() + "cpus: \(cpus)\n")
      #expect(result.status == 0)
    }

    @Test(
      "echo returns its input by interrupts, and ends with it",
      arguments: IRQChip.allCases)
    func echo(controller: IRQChip) {
      let text = (0..<40).map { "line \($0) of the input\n" }.joined()
      let result = shell("printf '\(text)' | $SWVMM run echo --irqchip \(controller.rawValue)")
      #expect(result.output == text)
      #expect(result.status == 0)
    }

    @Test("echo ends at Ctrl-D and leaves what follows", arguments: IRQChip.allCases)
    func echoEndOfTransmission(controller: IRQChip) {
      let result = shell("printf 'abc\\004def' | $SWVMM run echo --irqchip \(controller.rawValue)")
      #expect(result.output == "abc")
      #expect(result.status == 0)
    }

    @Test("a guest that does not listen leaves standard input alone")
    func inputIsLeft() {
      let result = shell("printf 'mine\\n' | { $SWVMM run hello >/dev/null; cat; }")
      #expect(result.output == "mine\n")
    }

    @Test("unbacked memory reads all ones, drops stores, and is reported")
    func outOfRAM() {
      let result = run("out-of-ram", .user)
      #expect(
        result.output == "0x02000000: read 0xffffffff, wrote 0x5a5a5a5a, read 0xffffffff\n")
      #expect(result.errors.contains("3 accesses without a device, the first to address 0x2000000"))
      #expect(result.status == 0)
    }

    @Test("a guest that nothing can wake is dead", arguments: IRQChip.allCases)
    func dead(controller: IRQChip) {
      let result = run("dead-halt --cpus 2", controller)
      #expect(result.status == 101)
      #expect(result.errors.hasPrefix("swvmm: the guest is dead: "))
    }

    @Test("a guest that waits for input that has ended is dead, not waiting")
    func deadAfterInput() {
      // Real mode: IER.ERBFI, OUT2, then sti and hlt for ever.
      let folder = TemporaryFolder()
      let image = folder.file(
        "wait",
        [0xba, 0xf9, 0x03, 0xb0, 0x01, 0xee, 0xba, 0xfc, 0x03, 0xb0, 0x08, 0xee, 0xfb, 0xf4]
          + [0xeb, 0xfd])
      let result = shell("$SWVMM run \(image) --timeout 30")
      #expect(result.status == 101)
    }

    @Test("a triple fault is a reset", arguments: IRQChip.allCases)
    func tripleFault(controller: IRQChip) {
      let result = run("triple-fault", controller)
      #expect(result.status == 100)
      let line = "swvmm: the guest reset: triple fault or shutdown of vCPU 0\n"
      #expect(result.errors.hasPrefix(line + "vCPU 0"))
    }

    @Test("an instruction that KVM cannot emulate is named with address and bytes")
    func badInstruction() {
      let result = run("bad-instruction", .user)
      #expect(result.status == 102)
      #expect(
        result.errors.hasPrefix(
          "swvmm: vCPU 0: KVM cannot emulate the instruction at 0x1000d6: 0f fc 05 00 00 08 d0"))
    }

    @Test(
      "a guest that never ends is ended by the timeout", arguments: IRQChip.allCases)
    func timeout(controller: IRQChip) {
      let result = run("spin --timeout 0.3", controller)
      #expect(result.output == "spinning\n")
      #expect(result.status == 124)
      #expect(result.errors.hasPrefix("swvmm: timed out (--timeout)\nvCPU 0, running, "))
    }

    @Test("an ELF file is entered in long mode where it has no note, a flat binary in real mode")
    func otherProtocols() {
      let folder = TemporaryFolder()
      // mov $0x2a, %al; out %al, $0xf4
      let flat = folder.file("flat", [0xb0, 0x2a, 0xe6, 0xf4])
      #expect(shell("$SWVMM run \(flat)").status == 42)
      // 64-bit: mov %rdi, %rax; shr $32, %rax is not 0 unless a wide register was cut; then the low
      // byte of the start information's magic goes to the exit port.
      let code: [UInt8] = [0x8a, 0x07, 0x48, 0x0f, 0xb6, 0xc0, 0x24, 0x3f, 0xe6, 0xf4]
      let elf = folder.file("long", longModeELF(code))
      #expect(shell("$SWVMM run \(elf)").status == 0x78 & 0x3f)
    }

    private func run(_ guest: String, _ controller: IRQChip) -> CommandResult {
      shell("$SWVMM run \(guest) --irqchip \(controller.rawValue)")
    }

    private func longModeELF(_ code: [UInt8]) -> [UInt8] {
      func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      }
      let header: [UInt8] =
        [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + Array(repeating: 0, count: 9)
        + bytes(2, 2) + bytes(62, 2) + bytes(1, 4) + bytes(0x100078, 8) + bytes(64, 8)
        + bytes(0, 12) + [64, 56, 1, 64, 0, 0].flatMap { bytes($0, 2) }
      let segment =
        bytes(1, 4) + bytes(7, 4) + bytes(0, 8) + bytes(0x100000, 8) + bytes(0x100000, 8)
        + bytes(UInt64(120 + code.count), 8) + bytes(0x1000, 8) + bytes(0x1000, 8)
      return header + segment + code
    }
  }
}
