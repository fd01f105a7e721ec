import Glibc
import TestSupport
import Testing

extension Live {
  /// Checkpoints that say more than they have: refused within bounds of memory and time, by one line.
  @Suite("Hostile checkpoints", .requiresKVM, .timeLimit(.minutes(5)))
  struct HostileCheckpointTests {
    private func expectRefusal(_ command: String, in folder: String, saying text: String) {
      let result = boundedCommand(command, in: folder)
      #expect(
        result.isRefusal(saying: text),
        "\(command): \(result.status) \(result.errors.prefix(300))")
    }

    private func checkpoint(
      sections: UInt32, runs: UInt32, front: Int, memory: UInt64, size: UInt64
    ) -> [UInt8] {
      var file = Array("swvmm\r\n\u{1a}".utf8) + [UInt8](repeating: 0, count: front - 8)
      for (index, number) in [1, 62, 4096, 64, sections, runs].enumerated() {
        file.set(8 + 4 * index, UInt32(number))
      }
      file.set(32, UInt64(front))
      file.set(40, size)
      file.set(48, memory)
      for section in 0..<min(Int(sections), (front - 64) / 16) {
        file.replaceSubrange(64 + 16 * section..<68 + 16 * section, with: Array("AAAA".utf8))
        file.set(68 + 16 * section, UInt32(section))
      }
      CheckpointImage.sealHeader(&file)
      return file
    }

    @Test("checkpoints that say more than a machine has are refused")
    func checkpoints() {
      let folder = TemporaryFolder()
      let mebibyte = 1 << 20
      for (name, bytes, size, text) in [
        (
          "sections",
          checkpoint(
            sections: 1 << 20, runs: 0, front: 16 * mebibyte, memory: 1 << 20, size: 16 << 20), 16,
          "1048576 sections"
        ),
        (
          "front",
          checkpoint(
            sections: 1, runs: 0, front: 17 * mebibyte, memory: 1 << 20, size: 17 << 20), 17,
          "pages from byte"
        ),
        (
          "memory", checkpoint(sections: 0, runs: 0, front: 4096, memory: 1 << 46, size: 4096), 0,
          "RAM of 70368744177664 bytes"
        ),
        (
          "runs",
          checkpoint(
            sections: 0, runs: .max, front: 16 * mebibyte, memory: 3328 << 20, size: 16 << 20), 16,
          "4294967295 runs"
        ),
        // Gigabytes of holes, and sections that are none: said before a checksum is made of them.
        (
          "holes",
          checkpoint(
            sections: 2, runs: 0, front: 4096, memory: 3328 << 20, size: 3 << 30), 3 << 10,
          "malformed"
        ),
      ] {
        let path = folder.file(name, bytes)
        if size > 0 { #expect(truncate(path, size << 20) == 0) }
        expectRefusal("restore ./\(name)", in: folder.path, saying: text)
      }
      let device = boundedCommand("restore /dev/zero", in: folder.path)
      #expect(device.status == 65 && device.hasOneLineOfComplaint, "\(device)")
      #expect(shell("$SWVMM restore /nowhere/x").status == 66)
      #expect(shell("touch f; $SWVMM restore f/x").status == 66)
    }

    @Test("RAM smaller than a machine's is refused")
    func smallMemory() throws {
      let folder = TemporaryFolder()
      let path = try CheckpointImage.make(in: folder, "hello", after: "out 0x3f8")
      var file = try CheckpointImage(reading: path).file
      file.set(48, UInt64(1 << 20) - 4096)
      CheckpointImage.sealHeader(&file)
      _ = folder.file("small", file)
      // Its pages may lie beyond it; whichever is found first.
      let result = boundedCommand("restore ./small", in: folder.path)
      #expect(result.status == 65 && result.hasOneLineOfComplaint, "\(result)")
    }

    // MARK: Files that change while they are in use

    @Test("a checkpoint that is cut off while its machine runs ends it by one line")
    func cutOff() {
      for cut in ["truncate -s 4096 cut", ": >cut"] {
        let result = shell(
          """
          $SWVMM run fill --snapshot-on mark=1 cut -- 16 300 2>/dev/null || exit 9
          $SWVMM restore cut & sleep 0.3; \(cut); wait $!
          """)
        #expect(
          [70, 71].contains(result.status) && result.hasOneLineOfComplaint
            && result.errors.contains("cut"), "\(cut): \(result)")
      }
    }

    @Test(
      "with the kernel's controllers no vCPU rests in this program, whatever a checkpoint says",
      .requiresKVM, arguments: [0, 2, 3] as [UInt8])
    func restingVCPU(activity: UInt8) throws {
      let folder = TemporaryFolder()
      let path = folder.path + "/saved"
      let saved = shell("$SWVMM run marks --irqchip kernel --snapshot-on exit=3 \(path)")
      try #require(saved.status == 0, "\(saved)")
      var contents = try CheckpointImage(reading: path)
      contents["LOOP"].set(2, activity)
      _ = folder.file("resting", contents.file)
      expectRefusal("restore ./resting", in: folder.path, saying: "a vCPU rests in this program")
    }

    // MARK: The end of time

    @Test("a checkpoint at the end of time is refused, and one before it goes on")
    func endOfTime() throws {
      let folder = TemporaryFolder()
      let path = try CheckpointImage.make(in: folder, "gtick", after: "load", arguments: "-- 3")
      var contents = try CheckpointImage(reading: path)
      for now: UInt64 in [1 << 62, 1 << 63 - 1, 1 << 63, .max] {
        contents["MACH"].set(MachineOffset.now, now)
        _ = folder.file("late", contents.file)
        for option in ["", " --count-stopped-time"] {
          expectRefusal("restore ./late\(option)", in: folder.path, saying: "later than 146 years")
        }
      }
      contents["MACH"].set(MachineOffset.now, UInt64(1) << 62 - 1)
      _ = folder.file("late", contents.file)
      let result = boundedCommand("restore ./late --timeout 5", in: folder.path)
      #expect(result.status < 64 || [101, 124].contains(result.status), "\(result)")
      expectRefusal(
        "restore ./late --count-stopped-time", in: folder.path, saying: "wall clock right")
      // What was saved there is saved again, later than it may be brought back, and nothing traps.
      let saved = boundedCommand(
        "restore ./late --snapshot-on exit=3 later --timeout 5", in: folder.path)
      #expect(saved.status == 0, "\(saved)")
      expectRefusal("restore ./later", in: folder.path, saying: "later than 146 years")
    }
  }
}
