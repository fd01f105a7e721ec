import TestSupport
import Testing
import VMM

/// `swvmm regress --live` as a command.
extension LiveUntimed {
  @Suite("regress --live", .requiresKVM, .timeLimit(.minutes(1)))
  struct RegressTests {
    @Test(
      "regress --live: the guests catch the exhibits that they can show, and pass the right rules")
    func live() throws {
      // The searches of the exhibits chosen come first.
      let result = shell("$SWVMM regress --live mips-freeze mips-compare qemu-gic gt-ctl")
      let live = result.output.split(separator: "\n").filter { $0.contains("  live/") }
      #expect(live.count == 5, "\(result.output)")
      let verdict = try deliveriesOfOneInterrupt(.user) == 1 ? "pass  live/" : "skip  live/"
      for line in live { #expect(line.hasPrefix(verdict), "\(result.output)") }
      #expect(result.status == 0, "\(result.output)\(result.errors)")
    }

    @Test("regress --live: the names that it prints are filters; --fail-on-skip")
    func options() {
      let one = shell("$SWVMM regress --live live/mips-freeze-lost-irq")
      #expect(one.status == 0 && one.output.hasPrefix("pass  live/mips-freeze-lost-irq  "))
      #expect(one.output.hasSuffix("\n1 of 1 passed\n"))
      let missing = shell(
        "unshare -m sh -c \"mount -t tmpfs none /dev && '$SWVMM' regress --live --fail-on-skip mips-freeze\""
      )
      #expect(missing.status == 1 || missing.errors.contains("unshare"))
    }

    @Test("regress --live: without KVM, guests are skipped, and it says why")
    func liveWithoutKVM() {
      // As in the test of status 69: in a namespace whose /dev is empty, where there may be one.
      let result = shell(
        "unshare -m sh -c \"mount -t tmpfs none /dev && '$SWVMM' regress --live --format tap mips-freeze\""
      )
      if result.errors.contains("unshare") { return }
      let reason = " # SKIP KVM is unavailable: /dev/kvm"
      #expect(result.output.contains(reason), "\(result.output)\(result.errors)")
      #expect(result.status == 0)
    }
  }
}
