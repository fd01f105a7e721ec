import TestSupport
import Testing

/// Bad input to the command: one clear line on standard error, the contract's status.
@Suite("usage", .timeLimit(.minutes(5)))
struct UsageTests {
  @Test(
    "wrong words are usage errors",
    arguments: [
      "run hello --cpus 0", "run hello --cpus 17", "run hello --cpus 1000", "run hello --cpus -1",
      "run hello --cpus x", "run hello --memory 0", "run hello --memory 4096",
      "run hello --memory 1048577", "run hello --memory 4G", "run hello --memory 99999999999999G",
      "run hello --memory 3329M", "run hello --memory -1M", "run hello --memory M",
      "run hello --irqchip none", "run hello --boot grub", "run hello --timeout 0",
      "run hello --timeout -1", "run hello --timeout nan", "run hello --timeout inf", "run",
      "run hello extra", "frobnicate", "run --frobnicate hello", "images export hello",
      "run hello --cpu-feature", "run hello --cpu-feature +frobnicate", "run hello --cpu-feature -",
      "explore --walk 1", "explore --exhaustive", "explore --depth 2", "explore --states 9",
      "explore --device ./timer", "explore --describe",
    ])
  func usage(words: String) {
    let result = shell("$SWVMM \(words)")
    #expect(result.status == 64)
    #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    #expect(result.output == "")
  }

  @Test(
    "help goes to standard output and is not an error",
    arguments: ["", "run", "images", "guest", "probe", "kut"])
  func help(subcommand: String) {
    let result = shell("$SWVMM \(subcommand) --help")
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: swvmm"))
    #expect(result.errors == "")
    let lost = shell("$SWVMM \(subcommand) --help >/dev/full")
    #expect(lost.status == 71 && lost.hasOneLineOfComplaint, "\(lost.errors)")
  }

  @Test(
    "help says all of it, however many columns there are said to be",
    arguments: ["-1", "0", "1", "20", "9223372036854775807", "many"])
  func helpWithColumns(columns: String) {
    for words in ["help run", "measure --help"] {
      let result = shell("COLUMNS=\(columns) $SWVMM \(words)")
      #expect(result.status == 0, "\(result.status)")
      let usual = shell("$SWVMM \(words)")
      #expect(
        result.output.split(whereSeparator: \.isWhitespace)
          == usual.output.split(whereSeparator: \.isWhitespace))
    }
  }

  @Test("a unit test with very many words for its guest is judged at once")
  func manyWords() {
    let folder = TemporaryFolder()
    _ = folder.file("a.flat", Array("x".utf8))
    let words = String(repeating: "B ", count: 30000)
    let list = folder.file("list", Array("[a]\nfile = a.flat\ntest_args = \(words)\n".utf8))
    let result = shell("$SWVMM kut --timeout 1 '\(list)'")
    #expect(result.status == 1)
    #expect(result.output.contains("not an ELF file"), "\(result.output)")
  }

  @Test("an image that is not there is named, with the nearest guest")
  func missingImage() {
    let near = shell("$SWVMM run helo")
    #expect(near.status == 66)
    #expect(near.errors == "swvmm: no guest or file helo: did you mean hello?\n")
    let far = shell("$SWVMM run /nowhere/at/all")
    #expect(far.status == 66)
    #expect(far.hasOneLineOfComplaint)
    #expect(shell("$SWVMM images export nothing f").status == 66)
  }

  @Test(
    "a mistyped name is told the nearest one, and none that has nothing of it",
    arguments: [
      ("explore cont-compare", "no such model; did you mean count-compare? (swvmm explore)"),
      ("explore ''", "swvmm: '': no such model (swvmm explore)"),
      ("bugs ''", "swvmm: '': no such bug (swvmm bugs)"),
      ("regress ''", "swvmm: a filter is empty"),
      ("explore nothing", "no such model (swvmm explore)"),
      ("bugs mips-frezze-lost-irq", "no such bug; did you mean mips-freeze-lost-irq? (swvmm bugs)"),
      (
        "explore --bug arm-ckpt",
        "arm-ckpt: no such bug; did you mean arm-ckpt-masked-timer? (swvmm bugs)"
      ),
      (
        "bugs mips-c",
        "mips-compare-ack-race or mips-cause-rmw-lost-ti? (swvmm bugs)"
      ),
      (
        "torture apic-onshot",
        "apic-onshot: no such subject; did you mean apic-oneshot? (swvmm help torture)"
      ),
      (
        "replay count-compare:match-1n",
        "unknown action 'match-1n'; did you mean match-1ns? (swvmm explore count-compare --describe)"
      ),
      (
        "torture replay apic-onshot:exit1:natural:rest0:get-:set-:same",
        "did you mean apic-oneshot? (swvmm help torture replay)"
      ),
      ("torture replay count-compare:match,x", "swvmm replay count-compare:match,x"),
      ("replay nmi:x", "that is a cut of torture: swvmm torture replay nmi:x"),
      (
        "replay count-compare:exit1:natural:rest0:get-:set-:same",
        "swvmm torture replay count-compare:exit1:natural:rest0:get-:set-:same"
      ),
      ("replay count-compare:a:b", "is not MODEL:ACTION,... or MODEL/BUG:ACTION,..."),
      (
        "regress mips-frezze-lost-irq",
        "did you mean mips-freeze-lost-irq? (swvmm regress --list)"
      ),
      ("regress nothing", "no test matches nothing (swvmm regress --list)"),
      (
        "help device chek",
        "chek: no such command; did you mean check? (swvmm help device)"
      ),
      (
        "device serve nothing",
        "count-compare, generic-timer or gic, or several joined by + (swvmm help device serve)"
      ),
      ("tsc", "tsc needs a FILE or an --example, and not both (swvmm help tsc)"),
      (
        "run hello --cpu-feature -x2apci",
        "--cpu-feature -x2apci: no such feature; did you mean x2apic? (swvmm help run)"
      ),
      (
        "guest new a/b",
        "a letter first, at most 64; the folder is made where you are (cd)"
      ),
      ("help mesure", "no such command; did you mean measure? (swvmm --help)"),
      ("export hello", "did you mean images export? (swvmm --help)"),
      ("help duel", "duel: no such command; did you mean device duel? (swvmm --help)"),
      ("mesure", "Unexpected argument 'mesure'; did you mean measure? (swvmm --help)"),
      ("device chek", "Unexpected argument 'chek'; did you mean check? (swvmm help device)"),
      ("run hello --cpu 2", "Unknown option '--cpu'. Did you mean '--cpus'? (swvmm help run)"),
      ("run hello --smp 2", "Unknown option '--smp' (swvmm help run)"),
      (
        "explore gic --walk abc",
        "'abc' is invalid for '--walk <seed>': a whole number such as 1 (swvmm help explore)"
      ),
      (
        "explore gic --walk -1",
        "Missing value for '--walk <seed>': -1 is less than 0 (swvmm help explore)"
      ),
      (
        "run hello --cpus 99999999999999999999",
        "invalid for '--cpus <cpus>': it is too large (swvmm help run)"
      ),
      (
        "explore gic --walk 1 --shard 3/2",
        "'3/2' is invalid for '--shard <I/N>': I from 1 to N, such as 1/3 (swvmm help explore)"
      ),
    ])
  func guesses(words: String, end: String) {
    let result = shell("$SWVMM \(words)")
    #expect(result.status == 64 && result.errors.hasSuffix("\(end)\n"), "\(result.errors)")
  }

  @Test("a directory, an empty file and nonsense are bad images")
  func badImages() {
    let folder = TemporaryFolder()
    let cases = [
      folder.path, folder.file("empty", []), folder.file("magic", [0x7f]),
      folder.file("elf", [0x7f, 0x45, 0x4c, 0x46]),
      folder.file("large", Array(repeating: 0, count: 600_000)), "/dev/null",
    ]
    for image in cases {
      let result = shell("$SWVMM run '\(image)'")
      #expect(result.status == 65, "\(image)")
      #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    }
  }

  @Test("a list of unit tests that is none is refused by its line")
  func badLists() {
    let folder = TemporaryFolder()
    let cases: [(String, String)] = [
      ("", "no test"), ("file = x\n", "line 1: "), ("[a]\n\u{1b}[2J\n", "line 2: "),
      ("[a]\nsmp = many\n", "line 2: smp = many"), ("\u{0}\u{1}", "line 1: "),
      (String(repeating: "#\n", count: 600_000), "more than 1 MiB"),
    ]
    for (text, reason) in cases {
      let file = folder.file("list", Array(text.utf8))
      let result = boundedCommand("kut list", in: folder.path)
      #expect(result.isRefusal(saying: reason), "\(file): \(result.errors)")
      #expect(!result.errors.contains("\u{1b}"))
    }
    #expect(shell("$SWVMM kut .").isRefusal(saying: "directory"))
    let missing = shell("$SWVMM kut nowhere")
    #expect(missing.status == 66 && missing.hasOneLineOfComplaint, "\(missing.errors)")
    for words in ["-j 0", "-j 65", "--timeout 0", "--timeout nan", "--format xml"] {
      #expect(shell("echo '[a]' >l; $SWVMM kut l \(words)").status == 64, "\(words)")
    }
  }

  @Test(
    "a list of unit tests that cannot be the one meant is told what would be",
    arguments: [
      ("tree", 65, "tree is a directory; the list is tree/x86/unittests.cfg"),
      ("tree/x86", 65, "tree/x86 is a directory; the list is tree/x86/unittests.cfg"),
      (
        "tree/arm/unittests.cfg", 65,
        "tree/arm/unittests.cfg: tests for arm, arm64; those for x86_64 are in x86/unittests.cfg"
      ),
      ("list -g apc", 64, "list has no group apc; did you mean apic?"),
      ("list -g nothing", 64, "list has no group nothing; there are apic, vmx"),
      ("list ap", 64, "list has no test ap; did you mean apic-split?"),
      ("list apic-split -g vmx", 64, "list: none of these tests is of group vmx"),
    ])
  func otherLists(words: String, status: Int32, line: String) {
    let result = shell(
      """
      mkdir -p tree/x86 tree/arm
      printf '[apic-split]\narch = x86_64\ngroups = apic\n[b]\ngroups = vmx apic\n' >list
      cp list tree/x86/unittests.cfg
      printf '[gic]\narch = arm64\n[timer]\n[pmu]\narch = arm\n' >tree/arm/unittests.cfg
      $SWVMM kut \(words)
      """)
    #expect(result.status == status && result.errors == "swvmm: \(line)\n", "\(result)")
  }

  @Test("arguments that are too long are refused")
  func longArguments() {
    let result = shell("$SWVMM run exit-code -- $(printf '%04000d' 7)")
    #expect(result.status == 65)
    #expect(result.hasOneLineOfComplaint)
  }
}
