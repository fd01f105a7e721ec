import Glibc
import TestSupport
import Testing

/// What other tests rely on.
@Suite("Test support")
struct TestSupportTests {
  @Test("a command's status, output and errors are told apart, and a signal is 128 and its number")
  func results() {
    let result = shell("echo out; echo err >&2; exit 7")
    #expect((result.status, result.output, result.errors) == (7, "out\n", "err\n"))
    #expect(shell("kill -9 $$").status == 137)
    #expect(shell("exec \"$SWVMM\" --help").output.contains("USAGE: swvmm"))
  }

  @Test("a command gets each signal, whatever its test holds back or ignores")
  func signals() {
    let ignored = SIGUSR2
    let before = signal(ignored, SIG_IGN)
    var (all, mask) = (sigset_t(), sigset_t())
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, &mask)
    let result = shell("grep -E 'Sig(Blk|Ign)' /proc/self/status")
    pthread_sigmask(SIG_SETMASK, &mask, nil)
    signal(ignored, before)
    let lines = result.output.split(separator: "\n")
    let masks = lines.compactMap { UInt64($0.dropFirst(8), radix: 16) }
    // 32 and 33 are the C library's, which ignores them in a child.
    #expect(masks.count == 2 && masks.allSatisfy { $0 & ~0x1_8000_0000 == 0 }, "\(result)")
  }

  @Test("a complaint is one line of this program's")
  func complaints() {
    #expect(shell("echo swvmm: no >&2").hasOneLineOfComplaint)
    for errors in ["swvmm: a\\nb\\n", "other: a\\n", "swvmm: a", ""] {
      #expect(!shell("printf '\(errors)' >&2").hasOneLineOfComplaint, "\(errors)")
    }
    #expect(shell("echo swvmm: no >&2; exit 65").isRefusal(saying: "no"))
    #expect(!shell("echo swvmm: no >&2; exit 66").isRefusal(saying: "no"))
    #expect(!shell("echo swvmm: no >&2; exit 65").isRefusal(saying: "yes"))
  }

  @Test("a bounded command does not get more memory than it may have")
  func bounds() {
    let folder = TemporaryFolder()
    let result = boundedCommand("--help; head -c \(dataLimit)K /dev/zero | tail", in: folder.path)
    #expect(result.output.hasPrefix("OVERVIEW") && result.status != 0, "\(result.status)")
  }

  @Test("a folder is there as long as its value")
  func folder() {
    let other = TemporaryFolder()
    let kept = other.file("kept", [1])
    var path = ""
    do {
      let folder = TemporaryFolder()
      path = folder.path
      let file = folder.file("file", [1, 2, 3])
      #expect(file == path + "/file" && access(file, R_OK) == 0)
      #expect(mkdir(path + "/inner", 0o700) == 0 && symlink(other.path, path + "/link") == 0)
      _ = folder.file("inner/file", [1])
    }
    #expect(access(path, F_OK) == -1 && access(kept, F_OK) == 0)
  }

  @Test("a child's output is read line by line, its end by its status")
  func children() throws {
    let child = try Child(["-c", "echo one; echo two; exit 5"], program: "/bin/sh")
    #expect(child.readLine() == "one\n")
    #expect(child.read(2) == "tw")
    #expect(child.readLine() == "o\n")
    #expect(child.readLine() == "")
    #expect(child.wait() == 5)
    let other = try Child(["60"], program: "/bin/sleep")
    #expect(other.poll() == nil)
    other.send(SIGTERM)
    #expect(other.wait() == -SIGTERM)
    #expect(throws: Child.Failure.self) { try Child([], program: "/nowhere") }
  }

  @Test("a guest's number is that of its own line")
  func numbers() {
    let output = "ticks: 12\nmore ticks: 3\nearly: -1\n"
    #expect(number("ticks", in: output) == 12)
    #expect(number("early", in: output) == -1)
    #expect(number("late", in: output) == nil)
  }

  @Test("bytes of numbers come lowest first, and are read as they were written")
  func bytes() {
    #expect([UInt8](UInt32(0x0403_0201)) == [1, 2, 3, 4])
    var bytes = [UInt8](repeating: 9, count: 10)
    bytes.set(1, UInt64(0x8877_6655_4433_2211))
    #expect(bytes == [9, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 9])
    #expect(bytes.number(at: 1, UInt64.self) == 0x8877_6655_4433_2211)
    #expect(bytes.number(at: 7, UInt16.self) == 0x8877)
  }

  @Test(
    "the generator's numbers follow from its seed: the first of seed 1234567 are those of its paper"
  )
  func generator() {
    var generator = SplitMix64(seed: 1_234_567)
    #expect(
      [generator.next(), generator.next(), generator.next()] == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      ])
  }

  @Test(
    "a document that is not well formed is refused",
    arguments: [
      "", "<a>", "<a></b>", "<a b></a>", "<a b=\"1\" b=\"2\"/>", "<a/><b/>", "<a>&</a>",
      "<a>]]></a>",
      "<a b=\"<\"/>", "<a>\u{1}</a>",
    ])
  func malformed(document: String) {
    #expect(throws: XMLElement.Malformed.self) { try XMLElement(document) }
  }

  @Test("a document is its elements, attributes and text")
  func wellFormed() throws {
    let root = try XMLElement("<a b=\"1 &amp; 2\">x<c/>&lt;y</a>")
    #expect((root.name, root.attributes, root.text) == ("a", ["b": "1 & 2"], "x<y"))
    #expect(root.children.map(\.name) == ["c"])
  }
}
