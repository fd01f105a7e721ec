import Glibc
import JSON
import Measurement
import TestSupport
import Testing

/// Files that say more than they have: refused within bounds of memory, which the child is held to, and of
/// time, by one line.
@Suite("Hostile files", .timeLimit(.minutes(5)))
struct HostileFileTests {
  private func expectRefusal(_ command: String, in folder: String, saying text: String) {
    let result = boundedCommand(command, in: folder)
    #expect(
      result.isRefusal(saying: text),
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

  @Test("what `torture` reads: a guest of more than its RAM, lists and records that are none")
  func torture() {
    let folder = TemporaryFolder()
    _ = folder.file("guest", elf(1, type: 1, size: 16, apart: 0, memorySize: 1 << 60))
    _ = folder.file("deep", [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20))
    _ = folder.file("many", Array(("[" + String(repeating: "1,", count: 1 << 21) + "1]").utf8))
    expectRefusal("torture --inject nmi ./guest", in: folder.path, saying: "does not fit")
    for option in ["--known", "--side-by-side"] {
      expectRefusal("torture \(option) ./deep", in: folder.path, saying: "nest deeper")
      expectRefusal("torture \(option) ./many", in: folder.path, saying: "more values")
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
        let result = boundedCommand(command, in: folder.path)
        #expect(result.status == 65 && result.hasOneLineOfComplaint, "\(command): \(result)")
      }
    }
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    for (beginning, command, status, text) in [
      ("\\177ELF", "run ./pipe", 65, "64 MiB"),
      ("[", "conform --model mips ./pipe", 65, "16 MiB"),
      ("{", "measure merge ./pipe ./pipe", 65, "16 MiB"), ("{", "tsc ./pipe", 65, "16 MiB"),
      ("a", "tsc ./pipe", 65, "no end of line"),
    ] {
      let result = shell(
        """
        cd '\(folder.path)'; (printf '\(beginning)'; exec cat /dev/zero) >pipe 2>/dev/null & writer=$!
        (ulimit -d \(dataLimit); exec timeout -s KILL 10 $SWVMM \(command)); status=$?
        kill $writer; exit $status
        """)
      #expect(result.status == status && result.errors.contains(text), "\(command): \(result)")
    }
  }

  @Test("a pipe without a writer is waited for up to a limit, and a signal ends that")
  func idleInput() {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    for command in ["conform --model mips ./pipe", "measure merge ./pipe x", "tsc ./pipe"] {
      let idle = boundedCommand("\(command) --timeout 0.1", in: folder.path)
      #expect(idle.hasOneLineOfComplaint, "\(command): \(idle)")
      #expect(idle.status == 66 && idle.errors.contains("--timeout"), "\(command): \(idle)")
      for (signal, status) in [("TERM", 143), ("INT", 130)] as [(String, Int32)] {
        let ended = shell(
          "cd '\(folder.path)' && exec timeout --preserve-status -s \(signal) 0.3 $SWVMM \(command)"
        )
        #expect(ended.status == status, "\(command): \(ended)")
      }
    }
    let idle = boundedCommand("run ./pipe --timeout 0.1", in: folder.path)
    #expect(idle.status == 66 && idle.hasOneLineOfComplaint, "\(idle)")
    for command in ["conform --model arm x", "measure merge x y", "tsc x"] {
      for timeout in ["0", "-1", "nan", "inf", "1e7"] {
        let refused = boundedCommand("\(command) --timeout=\(timeout)", in: folder.path)
        #expect(refused.status == 64 && refused.hasOneLineOfComplaint, "\(command): \(refused)")
      }
    }
  }

  @Test("a pipe that nothing reads is not waited for, and one that is read gets the whole file")
  func idleOutput() {
    let folder = TemporaryFolder()
    #expect(mkfifo(folder.path + "/pipe", 0o600) == 0)
    let refused = boundedCommand("images export hello pipe", in: folder.path)
    #expect(
      refused.status == 71 && refused.hasOneLineOfComplaint && refused.errors.contains("ENXIO"),
      "\(refused)")
    let written = shell(
      """
      cd '\(folder.path)' && exec 3<>pipe && $SWVMM images export hello file \
        && $SWVMM images export hello pipe && head -c "$(stat -c %s file)" <&3 | cmp - file
      """)
    #expect(written.status == 0, "\(written)")
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
      ("large", repeated(" ", 16 * million + 1), "more than 16 MiB"),
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
    #expect(boundedCommand("measure merge ./result ./result", in: folder.path).status == 0)
    let last = try #require(text.ranges(of: "\"deferredAlarms\":0").last)
    text.replaceSubrange(last, with: "\"deferredAlarms\":-1")
    _ = folder.file("bad", Array(text.utf8))
    expectRefusal("measure merge ./bad ./bad", in: folder.path, saying: "an integer from 0 on")
  }
}
