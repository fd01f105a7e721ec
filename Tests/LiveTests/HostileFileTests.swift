import Glibc
import JSON
import Measurement
import Testing

@testable import VMM

extension Live {
  /// Files that say more than they have: refused within bounds of memory, which the child is held to, and of
  /// time, by one line.
  @Suite("Hostile files", .timeLimit(.minutes(5)))
  struct HostileFileTests {
    /// Runs the command where it gets 64 MiB beyond what it takes to say that there is no such file, and ten
    /// seconds.
    private func bounded(_ command: String, in folder: String) -> CommandResult {
      shell("cd '\(folder)'; ulimit -d \(Self.data + 65536); timeout -s KILL 10 $SWVMM \(command)")
    }

    /// The data that a start takes (RLIMIT_DATA), in KiB, to 4 MiB.
    private static let data: Int = {
      for size in stride(from: 4096, through: 1 << 20, by: 4096)
      where shell("ulimit -d \(size); $SWVMM conform --model mips ./none").status == 66 {
        return size
      }
      return 1 << 20
    }()

    private func expectRefusal(_ command: String, in folder: String, saying text: String) {
      let result = bounded(command, in: folder)
      #expect(
        result.status == 65 && result.hasOneLineOfComplaint && result.errors.contains(text),
        "\(command): \(result.status) \(result.errors.prefix(300))")
    }

    // MARK: Images

    /// ELF64 with so many headers of a type, each of which has all the bytes after them.
    private func elf(
      _ count: Int, type: UInt32, size: Int, apart: UInt64, memorySize: UInt64? = nil
    ) -> [UInt8] {
      let headers = UInt64(64 + 56 * count)
      var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
      file += [UInt8](UInt16(2)) + [UInt8](UInt16(62)) + [UInt8](UInt32(1))
      for word: UInt64 in [0x100000, 64, 0] { file += [UInt8](word) }
      file += [UInt8](UInt32(0))
      for half in [64, 56, UInt16(count), 64, 0, 0] { file += [UInt8](half) }
      for number in 0..<UInt64(count) {
        let address = 0x100000 + number * apart
        file += [UInt8](type) + [UInt8](UInt32(7))
        for word in [
          headers, address, address, UInt64(size), memorySize ?? UInt64(size), 4,
        ] as [UInt64] { file += [UInt8](word) }
      }
      return file + [UInt8](repeating: 0, count: size)
    }

    @Test("images that ask for more than RAM, or say the same thing 65535 times")
    func images() {
      let folder = TemporaryFolder()
      for (name, bytes, text) in [
        ("loads", elf(65535, type: 1, size: 1 << 18, apart: 1 << 32), "does not fit into RAM"),
        ("touching", elf(65535, type: 1, size: 1 << 14, apart: 1 << 14), "does not fit into RAM"),
        ("same", elf(65535, type: 1, size: 1 << 18, apart: 0), "overlap"),
        ("notes", elf(65535, type: 4, size: 1 << 20, apart: 0), "no segment to load"),
        ("nulls", elf(65535, type: 0, size: 0, apart: 0), "no segment to load"),
        ("outside", elf(1, type: 1, size: 16, apart: 0, memorySize: 1 << 60), "does not fit"),
      ] {
        _ = folder.file(name, bytes)
        expectRefusal("run ./\(name)", in: folder.path, saying: text)
      }
    }

    @Test("images of gigabytes of holes are judged by their headers")
    func holes() {
      let folder = TemporaryFolder()
      _ = folder.file("flat", [0xf4])
      _ = folder.file("elf", Array(elf(1, type: 1, size: 16, apart: 0).prefix(64)))
      var large = elf(1, type: 1, size: 16, apart: 0)
      large.set(64 + 32, UInt64(3 << 30))
      large.set(64 + 40, UInt64(3 << 30))
      _ = folder.file("load", large)
      for name in ["flat", "elf", "load"] {
        #expect(truncate("\(folder.path)/\(name)", 4 << 30) == 0)
      }
      expectRefusal("run ./flat", in: folder.path, saying: "at most 492544")
      expectRefusal("run ./elf", in: folder.path, saying: "no segment to load")
      expectRefusal("run ./load", in: folder.path, saying: "does not fit into RAM")
      expectRefusal(
        "run ./load --clock virtual --trace t", in: folder.path, saying: "does not fit into RAM")
    }

    @Test(
      "devices are refused by every command that takes a file, and pipes are read up to a bound")
    func devices() {
      let folder = TemporaryFolder()
      for device in ["/dev/zero", "/dev/urandom", "/dev/full"] {
        expectRefusal("run \(device)", in: folder.path, saying: "neither a file nor a pipe")
        for command in [
          "conform --model arm \(device)", "measure merge \(device) x", "tsc \(device)",
        ] {
          let result = bounded(command, in: folder.path)
          #expect(result.status == 66 && result.hasOneLineOfComplaint, "\(command): \(result)")
        }
      }
      #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
      for (beginning, command, status, text) in [
        ("\\177ELF", "run ./pipe", 65, "32 MiB"),
        ("[", "conform --model mips ./pipe", 65, "16 MiB"),
        ("{", "measure merge ./pipe ./pipe", 65, "16 MiB"), ("{", "tsc ./pipe", 65, "16 MiB"),
        ("a", "tsc ./pipe", 65, "no end of line"),
      ] {
        let result = shell(
          """
          cd '\(folder.path)'; (printf '\(beginning)'; exec cat /dev/zero) >pipe 2>/dev/null & writer=$!
          (ulimit -d \(Self.data + 65536); exec timeout -s KILL 10 $SWVMM \(command)); status=$?
          kill $writer; exit $status
          """)
        #expect(result.status == status && result.errors.contains(text), "\(command): \(result)")
      }
      let idle = bounded("run ./pipe --timeout 0.1", in: folder.path)
      #expect(idle.status == 66 && idle.hasOneLineOfComplaint, "\(idle)")
    }

    // MARK: JSON

    @Test("documents of small values, long ones, deep ones and large ones are refused")
    func documents() {
      let folder = TemporaryFolder()
      let million = 1 << 20
      func repeated(_ text: String, _ count: Int) -> String {
        String(repeating: text, count: count)
      }
      let members = (0..<600_000).map { "\"member \($0)\":0" }.joined(separator: ",")
      for (name, text, problem) in [
        ("ones", "[" + repeated("1,", 8 * million - 8) + "1]", "more values than are read"),
        ("empties", "[" + repeated("[],", 5 * million) + "1]", "more values than are read"),
        ("objects", "[" + repeated("{\"a\":{}},", million) + "1]", "more values than are read"),
        ("strings", "[" + repeated("\"sixteen letters.\",", 800_000) + "1]", "more values"),
        ("members", "{\(members)}", "more values than are read"),
        ("deep", repeated("[", million), "nest deeper"),
        ("digits", "[" + repeated("1", 16 * million - 2) + "]", "does not fit 64 bits"),
        ("large", repeated(" ", 16 * million + 1), "larger than 16 MiB"),
      ] {
        _ = folder.file(name, Array(text.utf8))
        expectRefusal("conform --model mips ./\(name)", in: folder.path, saying: problem)
        guard ["members", "large"].contains(name) else { continue }
        expectRefusal("measure merge ./\(name) ./\(name)", in: folder.path, saying: problem)
      }
      _ = folder.file("sequence", Array("{\"operations\":[\(repeated("1,", 7 * million))1]}".utf8))
      expectRefusal("tsc ./sequence", in: folder.path, saying: "more values than are read")
    }

    @Test("a result of a thousand small distributions takes no memory for what is not in them")
    func distributions() throws {
      let folder = TemporaryFolder()
      let interrupts = try JudgedInterrupts(
        records: [InterruptRecord(planned: 1000)], runs: [HandlerRun(at: 2000, deadlines: 0...0)],
        rules: VerdictRules(budget: 100_000, earlyWindow: 100_000))
      let series = try (0..<1000).map { number in
        var series = Series(name: "s\(number)", configuration: [])
        try series.add(interrupts)
        return series
      }
      var text = MeasurementResult(host: [], series: series).json.text()
      _ = folder.file("result", Array(text.utf8))
      #expect(bounded("measure merge ./result ./result", in: folder.path).status == 0)
      let last = try #require(text.ranges(of: "\"deferredAlarms\":0").last)
      text.replaceSubrange(last, with: "\"deferredAlarms\":-1")
      _ = folder.file("bad", Array(text.utf8))
      expectRefusal("measure merge ./bad ./bad", in: folder.path, saying: "an integer from 0 on")
    }

    // MARK: Checkpoints

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
      file.set(60, CheckpointImage.checksum(Array(file[..<60])))
      return file
    }

    @Test("checkpoints that say more than a machine has are refused", .requiresKVM)
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
      let device = bounded("restore /dev/zero", in: folder.path)
      #expect(device.status == 71 && device.hasOneLineOfComplaint, "\(device)")
    }

    @Test("RAM smaller than a machine's is refused", .requiresKVM)
    func smallMemory() throws {
      let folder = TemporaryFolder()
      let path = try CheckpointImage.make(in: folder, "hello", after: "out 0x3f8")
      var file = try CheckpointImage(reading: path).file
      file.set(48, UInt64(1 << 20) - 4096)
      file.set(60, CheckpointImage.checksum(Array(file[..<60])))
      _ = folder.file("small", file)
      // Its pages may lie beyond it; whichever is found first.
      let result = bounded("restore ./small", in: folder.path)
      #expect(result.status == 65 && result.hasOneLineOfComplaint, "\(result)")
    }

    // MARK: Files that change while they are in use

    @Test("a checkpoint that is cut off while its machine runs ends it by one line", .requiresKVM)
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

    @Test("a checkpoint at the end of time is refused, and one before it goes on", .requiresKVM)
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
      let result = bounded("restore ./late --timeout 5", in: folder.path)
      #expect(result.status < 64 || [101, 124].contains(result.status), "\(result)")
      expectRefusal(
        "restore ./late --count-stopped-time", in: folder.path, saying: "wall clock right")
      // What was saved there is saved again, later than it may be brought back, and nothing traps.
      let saved = bounded(
        "restore ./late --snapshot-on exit=3 later --timeout 5", in: folder.path)
      #expect(saved.status == 0, "\(saved)")
      expectRefusal("restore ./later", in: folder.path, saying: "later than 146 years")
    }
  }
}
