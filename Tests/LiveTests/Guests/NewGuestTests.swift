import TestSupport
import Testing

@testable import VMM

private let hasGCC = shell("gcc --version && make --version").status == 0
private let hasQEMU = shell("qemu-system-x86_64 --version").status == 0

extension Live {
  /// What `swvmm guest new` writes, built by gcc.
  @Suite(
    "A new guest", .requiresKVM, .enabled("gcc and make are needed to build a guest") { hasGCC })
  struct NewGuestTests {
    private func inFolder(_ command: String) -> CommandResult {
      shell("$SWVMM guest new mine >new && \(command)")
    }

    @Test("builds without a warning, and takes its ticks with every controller")
    func ticks() {
      let result = inFolder(
        """
        make -s -C mine && for irqchip in user kernel split; do \
        $SWVMM run mine/mine.elf --irqchip $irqchip || exit; done; \
        make -s -C mine run swvmm=$SWVMM; $SWVMM run mine/mine.elf --clock virtual
        """)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
      let run = "a guest, in long mode\nticks: 10\n"
      #expect(result.output == String(repeating: run, count: 5), "\(result)")
    }

    @Test(
      "fails where its timer is not set, at the start or at each tick",
      arguments: ["  arm();", "      arm();"])
    func unarmed(line: String) {
      let result = inFolder(
        """
        sed -i 's/^\(line)$/;/' mine/main.c && make -s -C mine \
        && $SWVMM run mine/mine.elf --clock virtual
        """)
      #expect(result.status == 1, "\(result)")
      #expect(result.output.hasSuffix("ticks: 10\nthey came too early\n"), "\(result)")
    }

    @Test("runs in QEMU", .enabled("there is no qemu-system-x86_64") { hasQEMU })
    func qemu() {
      let result = inFolder("timeout 60 make -s -C mine qemu")
      #expect(result.status == 0, "\(result)")
      #expect(result.output == "a guest, in long mode\nno Count/Compare timer here\n", "\(result)")
    }

    @Test("is named function by function where it falls")
    func fall() {
      let result = inFolder(
        """
        sed -i 's/^  arm();$/  *(volatile char *)(1ull << 40) = 1;/' mine/main.c && make -s -C mine \
        && $SWVMM run mine/mine.elf
        """)
      #expect(result.status == 100, "\(result)")
      guard !result.errors.contains("resets a vCPU") else { return }
      #expect(result.errors.contains(" main+0x"), "\(result)")
      #expect(result.errors.contains("  walk of cr2 0x10000000000, 4-level paging, cr3 0x"))
      #expect(result.errors.contains("PML4[2]"))
    }
  }
}
