import CTestSupport
import KVM
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// What a guest that is entered as Linux finds.
  @Suite("Guests of Linux's boot protocol", .requiresKVM)
  struct LinuxTests {
    private static let kernel = (0..<test_linux_kernel_size()).map(test_linux_kernel_byte)
    private static let findings = [
      "segments", "setup header", "memory map", "root pointer", "keyboard controller", "clock",
      "ACPI mode", "no PCI", "PIT", "LINT", "hypervisor",
    ]

    /// Boots the kernel; `--boot` because it needs less of a host than Linux does.
    private func run(_ options: String) -> CommandResult {
      let folder = TemporaryFolder()
      let kernel = folder.file("kernel", Self.kernel)
      let disk = folder.file("disk", Array("the disk\n".utf8))
      return shell(
        "$SWVMM run '\(kernel)' --boot linux --initrd '\(disk)' --memory 4M \(options)")
    }

    @Test(
      "the 64-bit entry finds what Linux's boot protocol and a PC owe it; the end is the guest's",
      arguments: [("exit", 7), ("poweroff", 0), ("reset", 100)])
    func kernel(commandLine: String, status: Int32) {
      let result = run("--irqchip kernel --cpus 2 -- \(commandLine) and more")
      let expected =
        Self.findings.map { "\($0): yes\n" }.joined() + "\(commandLine) and more\nthe disk\n"
      #expect(result.output == expected)
      #expect(result.status == status)
      #expect(result.errors == (status == 100 ? result.errors : ""))
    }

    @Test("Linux without the kernel's controllers is refused in a line")
    func controllers() {
      for options in ["", "--irqchip split", "--clock virtual"] {
        let result = run(options)
        #expect(result.status == 64 && result.output == "")
        #expect(result.errors.hasSuffix("is Linux, which needs --irqchip kernel\n"))
      }
    }

    @Test("bad images and RAM disks are refused in a line, with the right status")
    func refusals() {
      let folder = TemporaryFolder()
      let kernel = folder.file("kernel", Self.kernel)
      _ = folder.file("cut", Array(Self.kernel.dropLast(16)))
      _ = folder.file("empty", [])
      _ = folder.file("large", [UInt8](repeating: 1, count: 4 << 20))
      for (words, status, text) in [
        ("'\(kernel)' --initrd none", 66, "none"),
        ("'\(kernel)' --initrd .", 65, "Is a directory"),
        ("'\(kernel)' --initrd empty", 65, "the initial RAM disk is empty"),
        ("'\(kernel)' --initrd large", 65, "the initial RAM disk takes 4194304 bytes"),
        ("'\(kernel)' --memory 1M", 65, "does not fit into RAM"),
        ("cut", 65, "truncated: the kernel ends at byte"),
        ("hello --boot linux", 65, "Linux's setup header ends"),
        ("dead-halt --boot long --initrd '\(kernel)'", 65, "takes no initial RAM disk"),
      ] {
        let result = shell(
          "cd '\(folder.path)'; $SWVMM run \(words) --irqchip kernel \(words.contains("--memory") ? "" : "--memory 4M")"
        )
        #expect(result.status == status, "\(words)")
        #expect(result.hasOneLineOfComplaint && result.errors.contains(text), "\(result.errors)")
      }
    }

    @Test("a toy has none of the PC's ports")
    func toys() throws {
      var configuration = MachineConfiguration()
      configuration.irqchip = .kernel
      configuration.readsInput = false
      // in al, 0x64; out 0xf4, al
      let machine = try Machine(
        configuration, on: KVMSystem(), image: BootImage([0xe4, 0x64, 0xe6, 0xf4]))
      #expect(try machine.run().outcome == .exited(code: 0xff))
    }

    @Test("where Linux cannot boot, the command says so at once, unless it is told how to boot")
    func hosts() throws {
      let folder = TemporaryFolder()
      let kernel = folder.file("kernel", Self.kernel)
      let result = shell("$SWVMM run '\(kernel)' --irqchip kernel -- x")
      if try HostProbe.findKernelInstructions(on: KVMSystem()) == .found(true) {
        #expect(result.status == 7)
      } else {
        #expect(result.status == 69 && result.output == "")
        #expect(result.errors.contains("cannot boot Linux"))
      }
    }
  }
}
