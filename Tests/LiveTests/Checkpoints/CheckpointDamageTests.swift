import Glibc
import KVM
import LinuxHost
import TestSupport
import Testing

@testable import VMM

extension LiveUntimed {
  /// Files that are no checkpoints, or none of any machine.
  @Suite("Damaged checkpoints", .requiresKVM, .timeLimit(.minutes(15)))
  struct CheckpointDamageTests {
    private func restore(_ bytes: [UInt8], _ options: String = "") -> CommandResult {
      let folder = TemporaryFolder()
      return shell("$SWVMM restore \(folder.file("spoilt", bytes)) --timeout 0.2 \(options)")
    }

    /// A guest in the middle of its first word: one instruction more would be seen.
    private func intact() throws -> CheckpointImage {
      let folder = TemporaryFolder()
      return try CheckpointImage(
        reading: try CheckpointImage.make(in: folder, "hello", after: "out 0x3f8"))
    }

    // MARK: Damage

    @Test("damage anywhere is refused with status 65, and no instruction runs")
    func damage() throws {
      let file = try intact().file
      #expect(restore(file).output == "ello from a guest of swvmm\n")
      var random = SplitMix64(seed: 5)
      for offset in stride(from: 0, to: 64, by: isEmulated ? 8 : isThorough ? 1 : 3) {
        var spoilt = file
        spoilt[offset] ^= UInt8.random(in: 1...255, using: &random)
        #expect(restore(spoilt).isRefusal, "byte \(offset) of the header is \(spoilt[offset])")
      }
      for _ in 0..<repetitions(50) {
        var spoilt = file
        let offset = Int.random(in: 64..<file.count, using: &random)
        spoilt[offset] ^= UInt8.random(in: 1...255, using: &random)
        #expect(restore(spoilt).isRefusal, "byte \(offset) is \(spoilt[offset])")
      }
      for (what, spoilt) in [
        ("nothing", []), ("a byte more", file + [0]), ("zeros", [UInt8](repeating: 0, count: 8192)),
        ("half", Array(file[..<(file.count / 2)])),
      ] {
        #expect(restore(spoilt).isRefusal, "\(what)")
      }
    }

    /// In this process, because there are hundreds of lengths.
    @Test("truncated at any 64th byte, a file is refused")
    func truncated() throws {
      let folder = TemporaryFolder()
      let file = try intact().file
      let system = try KVMSystem()
      for length in stride(from: 0, to: file.count, by: 64) {
        let path = folder.file("short", Array(file[..<length]))
        do {
          _ = try Machine(
            restoring: path, MachineConfiguration(), on: system, countsStoppedTime: false)
          Issue.record("\(length) of \(file.count) bytes were taken")
        } catch {
          switch error {
          case .file(.truncated), .file(.notACheckpoint): break
          default: Issue.record("\(length) bytes: \(error)")
          }
        }
      }
    }

    @Test("another version, architecture or page size is named, though the checksums are right")
    func otherFormats() throws {
      let file = try intact().file
      for (offset, number, reason) in [
        (8, 2, "written by format version 2; "), (12, 183, "of a guest of architecture 183 "),
        (16, 65536, "made of pages of 65536 bytes; "),
      ] {
        var other = file
        other.set(offset, UInt32(number))
        CheckpointImage.sealHeader(&other)
        let result = restore(other)
        #expect(result.isRefusal && result.errors.contains(reason), "\(result)")
      }
    }

    // MARK: Right checksums, hostile contents

    @Test("sections that are missing, twice there, or nobody's are refused; their order is free")
    func sections() throws {
      let contents = try intact()
      for (index, section) in contents.sections.enumerated() {
        var other = contents
        other.sections.remove(at: index)
        // An offset of the TSC is saved only where KVM has one; which program wrote the file is for messages.
        let isNeeded = !["TSCO", "PROG"].contains(section.tag)
        #expect(restore(other.file).isRefusal == isNeeded, "without \(section.tag)")
        other.sections.append(section)
        #expect(restore(other.file).status == 0, "\(section.tag) last")
        other.sections.append(section)
        #expect(restore(other.file).isRefusal, "two \(section.tag)")
        other.sections.removeLast()
        other.sections[other.sections.count - 1].instance = 1
        #expect(restore(other.file).isRefusal, "another's \(section.tag)")
        if isEmulated { break }
      }
      var other = contents
      other.sections.append(.init(tag: "NEW ", bytes: [1]))
      let result = restore(other.file)
      #expect(
        result.isRefusal && result.errors.contains("section NEW  0: belongs to no part"),
        "\(result)")
    }

    @Test("a machine that cannot be is refused")
    func machines() throws {
      let contents = try intact()
      func expectRefusal(_ tag: String, _ offset: Int, _ number: some FixedWidthInteger) {
        var other = contents
        other[tag].set(offset, number)
        #expect(restore(other.file).isRefusal, "\(tag): \(number) at \(offset)")
      }
      for cpus in [0, 2, 17, -1, .max, .min] { expectRefusal("MACH", MachineOffset.cpus, cpus) }
      for chip: UInt32 in [1, 3, .max] { expectRefusal("MACH", MachineOffset.irqchip, chip) }
      expectRefusal("MACH", MachineOffset.exitCost, UInt64.max)
      expectRefusal("MACH", MachineOffset.now, UInt64(1) << 63)
      for next in [1, -1, .max] { expectRefusal("MACH", MachineOffset.nextVirtualTurn, next) }
      for hertz: UInt64 in [0, 1_000_000_001, .max] {
        expectRefusal("CP0 ", 4, hertz)
        expectRefusal("GTIM", 0, hertz)
      }
    }

    /// What no check can know to be wrong runs, somehow, and ends; this program never traps.
    ///
    /// Of the kernel's own structures only the length changes: what else may be in them is for KVM to
    /// check, and this host is not there to be tried out.
    @Test("whatever a section says, it is restored or refused", arguments: IRQChip.allCases)
    func randomContents(controller: IRQChip) throws {
      let folder = TemporaryFolder()
      let path = try CheckpointImage.make(
        in: folder, "gtick --cpus 2 --irqchip \(controller.rawValue)", after: "load",
        arguments: "-- 3")
      let contents = try CheckpointImage(reading: path)
      // What every controller's checkpoint has is read by the same code.
      let common = Set(try intact().sections.map(\.tag))
      let own: Set = ["MACH", "LOOP", "TSCO", "IOAS", "CP0 ", "GTIM", "GIC ", "UART", "LAB "]
      var random = SplitMix64(seed: 77)
      for (index, section) in contents.sections.enumerated() where section.instance == 0 {
        guard isThorough || controller == .user || !common.contains(section.tag) else { continue }
        let rounds = own.contains(section.tag) ? 15 : 3
        // The first five and one of each random kind, unless the run is thorough.
        let chosen = isEmulated ? [0] : isThorough ? Array(0..<15) : [0, 1, 2, 3, 4, 5, 10]
        for round in chosen where round < rounds {
          var other = contents
          other.sections[index].bytes = spoil(section.bytes, round, &random)
          let result = restore(other.file, "--count-stopped-time")
          let isRefusal = result.isRefusal || result.status == 69
          let hasRun = result.status < 64 || [100, 101, 102, 124].contains(result.status)
          // CPUID and MSRs may be empty lists, and what a program calls itself anything.
          let mayRun =
            round == 0
            ? ["CPID", "MSRS", "PROG"].contains(section.tag) : round > 2 || section.tag == "PROG"
          #expect(
            isRefusal || hasRun && mayRun,
            "round \(round): \(result) of \(other.sections[index])")
        }
      }
    }

    private func spoil(
      _ bytes: [UInt8], _ round: Int, _ random: inout SplitMix64
    ) -> [UInt8] {
      var bytes = bytes
      switch round {
      case 0: bytes = []
      case 1: bytes.append(0)
      case 2: bytes.removeLast()
      case 3: bytes = bytes.map { _ in 0xff }
      case 4: bytes = bytes.map { _ in 0 }
      case 5...9: bytes = bytes.map { _ in .random(in: 0...255, using: &random) }
      default:
        bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
      }
      return bytes
    }
  }
}
