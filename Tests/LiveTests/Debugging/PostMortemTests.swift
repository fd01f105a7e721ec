import JSON
import TestSupport
import Testing

@testable import VMM

extension LiveUntimed {
  @Suite("A guest that fell", .requiresKVM)
  struct PostMortemTests {
    /// Long mode: loads a wild address, with no handler for the fault.
    private static let wildLoad: [UInt8] = [
      0x48, 0xb8, 0xef, 0xbe, 0xad, 0xde, 0x01, 0x00, 0x00, 0x00,  // mov $0x1deadbeef, %rax
      0x0f, 0x01, 0x1c, 0x25, 0x00, 0x80, 0x10, 0x00,  // lidt 0x108000: zeros
      0x8b, 0x00,  // mov (%rax), %eax
    ]

    private func image(_ code: [UInt8], in folder: borrowing TemporaryFolder) -> String {
      var elf = SymbolELF(
        is64Bit: true, symbols: [.init("start", 0x100000), .init("load", 0x100012)])
      (elf.code, elf.memorySize) = (code, 0x10000)
      return folder.file("image", elf.bytes)
    }

    @Test("the line stays as it was, and what is left follows it")
    func lineFirst() {
      let result = shell("$SWVMM run triple-fault")
      #expect(result.status == 100)
      #expect(
        result.errors.hasPrefix(
          "swvmm: the guest reset: triple fault or shutdown of vCPU 0\nvCPU 0"))
      #expect(result.errors.contains("last exception in KVM: #UD\n"))
      #expect(result.errors.hasSuffix("    triple fault or shutdown\n"))
      #expect(shell("$SWVMM run exit-code -- 7").errors.isEmpty)
    }

    @Test("a wild load is found by address, walk, code and symbol, from a file and through a pipe")
    func wildLoad() {
      let folder = TemporaryFolder()
      let image = image(Self.wildLoad, in: folder)
      for command in [
        "$SWVMM run \(image)", "$SWVMM run /dev/stdin <\(image)",
        "mkfifo pipe; cat \(image) >pipe & $SWVMM run pipe",
      ] {
        let result = shell(command)
        #expect(result.status == 100)
        guard !result.errors.contains("resets a vCPU") else { continue }
        #expect(result.errors.contains("  rip    0x100012 load\n  code   8b 00 00"), "\(result)")
        #expect(
          result.errors.contains(
            "#PF, error code 0x0 (read by the supervisor, page not present), at cr2"))
        #expect(result.errors.contains("  walk of cr2 0x1deadbeef, 4-level paging, cr3 0x1000\n"))
        #expect(result.errors.contains("PDPT[7]"))
        #expect(result.errors.contains("not present: bit 0 is clear"))
      }
    }

    @Test("RIP, RSP and CR3 that lead nowhere are reported and trap nothing")
    func garbage() {
      let folder = TemporaryFolder()
      let jump: [UInt8] = [0x48, 0xb8] + [0xef, 0xbe, 0xad, 0xde, 0xef, 0xbe, 0xad, 0xde]
      for (name, rest) in [
        ("rip", [0xff, 0xe0]), ("rsp", [0x48, 0x89, 0xc4, 0x50]),
        ("cr3", [0x48, 0xc1, 0xe8, 0x0c, 0x48, 0xc1, 0xe0, 0x0c, 0x0f, 0x22, 0xd8, 0x90]),
      ] as [(String, [UInt8])] {
        let lidt: [UInt8] = [0x0f, 0x01, 0x1c, 0x25, 0x00, 0x80, 0x10, 0x00]
        let result = shell("$SWVMM run \(image(lidt + jump + rest, in: folder)) --timeout 20")
        #expect([100, 102, 70].contains(result.status), "\(name): \(result)")
        #expect(result.errors.contains("\nvCPU 0"), "\(name): \(result)")
      }
    }

    @Test("JSON has it under a separate schema, and null where no guest fell")
    func json() throws {
      let fallen = try document("run spin --timeout 0.2 --json")
      let postMortem = try #require(fallen["postMortem"])
      #expect(postMortem["schema"]?.value == .string("swvmm-post-mortem"))
      #expect(postMortem["version"]?.value == .integer(1))
      let vcpu = try #require(elements(postMortem["vcpus"]).first)
      #expect(elements(vcpu["exits"]).count == 9)
      #expect(vcpu["code"]?.value == .string("eb fe 73 70 69 6e 6e 69 6e 67 0a 00 00 00 00 00"))
      #expect(try document("run hello --json")["postMortem"]?.value == .null)
    }

    private func document(_ command: String) throws -> JSONNode {
      try JSONNode(parsing: Array(shell("$SWVMM \(command) 2>/dev/null").output.utf8))
    }

    private func elements(_ node: JSONNode?) -> [JSONNode] {
      guard case .array(let elements) = node?.content else { return [] }
      return elements
    }

    @Test("every vCPU is there that was started, and no other")
    func vcpus() {
      let late = shell("$SWVMM run smp-gtick --cpus 3 --clock virtual --timeout 0.01 -- 100000")
      #expect(late.status == 124)
      for cpu in 0..<3 { #expect(late.errors.contains("\nvCPU \(cpu), "), "\(late)") }
      #expect(!shell("$SWVMM run dead-halt --cpus 2").errors.contains("vCPU 1"))
    }

    @Test("an image without symbols says so; --symbols brings them, to a checkpoint, too")
    func symbols() {
      let folder = TemporaryFolder()
      let flat = folder.file("flat", [0xfa, 0xf4])
      let none = shell("$SWVMM run \(flat)")
      #expect(none.errors.hasSuffix("no symbols: the image has none (--symbols FILE)\n"))
      var elf = SymbolELF(is64Bit: false, symbols: [.init("sector", 0x7c00)])
      (elf.physicalAddress, elf.virtualAddress) = (0x7c00, 0x7c00)
      let file = folder.file("symbols", elf.bytes)
      let named = shell("$SWVMM run \(flat) --symbols \(file)")
      #expect(named.errors.contains("  rip    0x7c02 sector+0x2\n"), "\(named)")
      let restored = shell(
        "$SWVMM run gtick --clock virtual --checkpoint-on exit=50 half 2>/dev/null;"
          + "$SWVMM restore half --timeout 0.000001; $SWVMM images export gtick gtick;"
          + "$SWVMM restore half --timeout 0.000001 --symbols gtick")
      #expect(restored.errors.contains("no symbols: a checkpoint has none (--symbols FILE)"))
      #expect(restored.errors.contains(" handler+"), "\(restored)")
      let missing = shell("$SWVMM run hello --symbols none")
      #expect(missing.status == 66 && missing.hasOneLineOfComplaint)
    }

    @Test("a file that changes while its guest runs gives no names")
    func changedFile() {
      let result = shell(
        "$SWVMM images export spin guest; $SWVMM run ./guest --timeout 1 >out & "
          + "until [ -s out ]; do sleep 0.05; done; printf x >>guest; wait $!")
      #expect(result.errors.hasSuffix("no symbols: the file was changed while its guest ran\n"))
    }
  }
}
