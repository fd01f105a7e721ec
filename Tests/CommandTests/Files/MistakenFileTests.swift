import TestSupport
import Testing

/// Files that a user names in the place of others.
@Suite("files of another kind", .timeLimit(.minutes(5)))
struct MistakenFileTests {
  private func run(_ bytes: [UInt8], _ options: String = "") -> CommandResult {
    let folder = TemporaryFolder()
    return shell("$SWVMM run '\(folder.file("file", bytes))' \(options) -- </dev/null")
  }

  /// A file's bytes as characters from 0 to 255, and what is said of it.
  private static let samples: [(String, String)] = [
    ("swvmm\r\n\u{1a}\u{1}\u{0}", "a checkpoint, which `swvmm restore`"),
    ("root:x:0:0:root:/root:/bin/bash\n", "text, and no image"),
    ("# \u{c3}\u{bc}ber \u{f0}\u{9f}\u{98}\u{80}\n", "text, and no image"),
    ("\u{1f}\u{8b}\u{8}\u{0}", "a gzip file"), ("\u{28}\u{b5}\u{2f}\u{fd}\u{4}", "a zstd file"),
    ("QFI\u{fb}\u{0}\u{3}", "a qcow2 disk"), ("070701\u{0}", "a cpio archive"),
  ]

  @Test("what is not code is refused by its name", arguments: samples)
  func noCode(characters: String, reason: String) {
    let result = run(characters.unicodeScalars.map { UInt8($0.value) })
    #expect(result.isRefusal(saying: reason), "\(result.errors)")
  }

  @Test("a long text is one, also where a character is cut off by what is looked at")
  func longText() {
    let text = "x" + String(repeating: "\u{1f600}", count: 200_000)
    #expect(run(Array(text.utf8)).isRefusal(saying: "text, and no image"))
  }

  @Test("no way to boot makes a checkpoint or an ELF file real-mode code")
  func forced() {
    for option in ["real", "pvh", "linux", "long"] {
      let checkpoint = run(Array("swvmm\r\n\u{1a}".utf8), "--boot \(option)")
      #expect(checkpoint.isRefusal(saying: "swvmm restore"), "\(checkpoint.errors)")
    }
    let elf = shell("$SWVMM images export hello h && $SWVMM run ./h --boot real")
    #expect(elf.isRefusal(saying: "an ELF file, whose header is not code"), "\(elf.errors)")
    #expect(shell("$SWVMM run hello --boot real").isRefusal(saying: "an ELF file"))
  }

  @Test("restore of an image says that it is not a checkpoint, and what boots it")
  func restore() {
    let result = shell("$SWVMM images export hello h && $SWVMM restore h")
    // Without KVM that is said first.
    #expect(
      result.status == 69 || result.isRefusal(saying: "`swvmm run` boots images"),
      "\(result.errors)")
    let input = shell("$SWVMM restore - </dev/null")
    #expect(input.status == 64 && input.errors.contains("name a file"), "\(input.errors)")
    #expect(input.hasOneLineOfComplaint)
  }

  private static let emptyPaths: [(words: String, status: Int32)] = [
    ("run ''", 66), ("restore ''", 66), ("conform --model mips ''", 66), ("tsc ''", 66),
    ("kut ''", 66), ("merge ''", 66), ("measure merge ''", 66), ("measure import ''", 66),
    ("measure compare '' ''", 66), ("torture --side-by-side ''", 66),
    ("torture --known ''", 66), ("run hello --trace ''", 71), ("run hello --symbols ''", 66),
    ("run hello --initrd ''", 66), ("run hello --module ''", 66),
    ("run hello --tsc-writes ''", 66), ("run hello --checkpoint-on exit=1 --checkpoint ''", 71),
    ("images export hello ''", 71), ("torture --reproducer ''", 71), ("run hello --bug ''", 64),
    ("guest new ''", 64), ("explore ''", 64), ("device check ''", 64),
    ("explore gic --device ''", 64), ("run gtick --device ' '", 64),
    ("restore -", 64), ("run hello --symbols -", 66),
    ("measure --report ''", 71), ("measure --trace ''", 71), ("measure --against ''", 64),
  ]

  @Test("an empty path is said to be empty")
  func emptyPath() {
    for (words, status) in Self.emptyPaths {
      let result = shell("$SWVMM \(words) </dev/null")
      // What needs KVM first says that.
      #expect(result.status == status || [69, 71].contains(result.status), "\(result)")
      #expect(result.hasOneLineOfComplaint && result.output == "", "\(result.errors)")
      let isSaid = ["empty", "no such", "name a file", "a guest's name is", "KVM"].contains {
        result.errors.contains($0)
      }
      #expect(isSaid, "\(words): \(result.errors)")
    }
  }
}
