import TestSupport
import Testing

private let hasTools =
  shell(
    """
    mipsel-linux-gnu-as --version && aarch64-linux-gnu-as --version \
    && qemu-system-mipsel --version && qemu-system-aarch64 --version
    """
  ).status == 0

/// `swvmm conform --export-elf`, and what QEMU's own timers do with the images.
@Suite(
  "conform --export-elf", .timeLimit(.minutes(2)),
  .enabled(if: hasTools, "there is no cross-assembler or QEMU"))
struct ConformExportTests {
  /// Values of both signs, a loop, an interrupt, and one expectation that nothing meets.
  ///
  /// *Why lo may be 0:* QEMU's TI comes up to a tick after Count reached Compare.
  private static let mips = """
    [
      {"id": "sums", "title": "a \\"title\\"", "rule": "r",
       "ops": ["repeat 5 k", "let s = s + k*2", "end", "diff d = 0 - 7", "let u = 0 - 1",
               "lt lt = d 0", "ge ge = u 0", "eq eq = s 52", "and and = s 4", "or or = s 1"],
       "expect": {"s": 52, "d": -7, "u": 4294967295, "lt": 1, "ge": 0, "eq": 1, "and": 4, "or": 53}},
      {"id": "match", "title": "a match", "rule": "r",
       "ops": ["handler reload 5000", "set ie 1", "write compare count+5000", "wait 27000",
               "read irqs -> n", "read hcause_ti -> ti", "read lead -> lead"],
       "expect": {"n": 5, "ti": 1, "lead": {"min": 0, "max": 500}}},
      {"id": "edge", "title": "an edge", "rule": "r",
       "ops": ["write compare count+1000", "bracket ti -> lo hi"],
       "expect": {"lo": {"min": -500, "max": 0}, "hi": {"min": 0, "max": 500}}},
      {"id": "wrong", "title": "what nothing meets", "rule": "r",
       "ops": ["diff d = 0 - 2147483647 - 1", "let u = 0 - 1"],
       "expect": {"d": {"min": -2147483647}, "u": {"in": [1, 4294967296]}}}
    ]
    """

  /// An Arm guest sleeps, changes CNTVOFF by a hypervisor call, and has a GIC.
  private static let arm = """
    [
      {"id": "taken", "title": "an interrupt", "rule": "r",
       "ops": ["handler disable", "write cval cntvct+10000", "write ctl 1", "set i 0", "wait 5000",
               "read irqs -> before", "wait 6000", "read irqs -> n", "read lastid -> id",
               "read lead -> lead", "read ctl -> ctl"],
       "expect": {"before": 0, "n": 1, "id": 27, "lead": {"min": 0, "max": 500},
                  "ctl": {"in": [0, 4]}}},
      {"id": "offset", "title": "the offset, and a long wait", "rule": "r",
       "ops": ["write cntvoff 1000", "sleep 100000000", "read cntpct -> _p", "read cntvct -> _v",
               "diff d = _v - _p"],
       "expect": {"d": {"min": -1000, "max": -900}}},
      {"id": "wrong", "title": "what nothing meets", "rule": "r",
       "ops": ["sgi 3", "read iar -> iar", "diff d = 0 - 9223372036854775807 - 1"],
       "expect": {"iar": 4, "d": 0}}
    ]
    """

  private func run(_ script: String, _ command: String) -> CommandResult {
    let folder = TemporaryFolder()
    let file = folder.file("script.json", Array(script.utf8))
    return shell("FILE=\(file); SCRIPTS=\(scripts); export SWVMM; \(command)")
  }

  private var scripts: String {
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/scripts"
  }

  @Test("a guest says and ends with the verdict that conform has")
  func verdicts() {
    let mips = run(Self.mips, "$SCRIPTS/conform-qemu mips $FILE")
    #expect(mips.status == 1 && mips.errors == "", "\(mips)")
    #expect(
      mips.output == """
        pass  sums  a "title"
        pass  match  a match
        pass  edge  an edge
        FAIL  wrong  what nothing meets
              d: expected -2147483647..., observed -2147483648
              u: expected one of 1, 4294967296, observed 4294967295
        3 of 4 scenarios passed, 0 not run

        """)
    let arm = run(Self.arm, "$SCRIPTS/conform-qemu arm $FILE")
    #expect(arm.status == 1 && arm.errors == "", "\(arm)")
    #expect(
      arm.output == """
        pass  taken  an interrupt
        pass  offset  the offset, and a long wait
        FAIL  wrong  what nothing meets
              iar: expected 4, observed 3
              d: expected 0, observed -9223372036854775808
        2 of 3 scenarios passed, 0 not run

        """)
  }

  @Test("what cannot be a guest is listed with its reason")
  func reasons() {
    let result = run(
      """
      [{"id": "../x", "title": "t", "ops": ["let a = 1"], "expect": {"a": 1}},
       {"id": "a", "title": "t", "ops": ["let a = 1", "diff a = 1"], "expect": {"a": 1}},
       {"id": "b", "title": "t", "ops": ["let a = 1"], "expect": {"a": 1}},
       {"id": "b", "title": "t", "ops": ["let a = 1"], "expect": {"a": 1}}]
      """,
      "$SWVMM conform --model arm --export-elf -o $FILE 2>&1 || $SWVMM conform --model arm --export-elf=-o $FILE; ls ./-o"
    )
    #expect(result.status == 0, "\(result)")
    for line in [
      "not exported: ../x  t: its id is not a file's name (letters, digits, '_' and '-')\n",
      "not exported: a  t: a is assigned as a signed and as an unsigned number\n",
      "not exported: b  t: another scenario has this id\n",
      "-o: 1 of 4 scenarios exported\nb.elf\nb.o\nb.s\nimages\n",
    ] { #expect(result.output.contains(line), "\(result)") }
  }

  @Test("a wait for too long is left out, wherever its length comes from")
  func longWaits() {
    let script = """
      [{"id": "sum", "title": "t", "ops": ["wait 4096*4096+1"], "expect": {}},
       {"id": "read", "title": "t", "ops": ["read compare -> c", "wait c"], "expect": {}},
       {"id": "short", "title": "t", "ops": ["wait 16777217-16777210"], "expect": {}}]
      """
    let result = run(script, "$SCRIPTS/conform-qemu mips $FILE")
    #expect(result.status == 2, "\(result)")
    #expect(
      result.output == """
        not exported: sum  t: it waits for 16777217 ticks, more than 16777216
        not run: read  t
              it waits for more than 16777216 ticks
        pass  short  t
        1 of 1 scenarios passed, 2 not run

        """)
  }

  @Test("a livelock of QEMU's is a FAIL, and a folder that is there stays as it is")
  func ends() {
    let script = """
      [{"id": "stopped", "title": "t", "ops": ["set dc 1", "until count+1"], "expect": {}}]
      """
    let result = run(script, "LIMIT=1 $SCRIPTS/conform-qemu mips $FILE")
    #expect(result.status == 1, "\(result)")
    #expect(
      result.output == """
        FAIL  stopped  t
              QEMU did not come to its end within 1 s
        0 of 1 scenarios passed, 0 not run

        """)
    let again = run(
      script,
      "mkdir there && touch there/x && ! $SWVMM conform --model mips --export-elf there $FILE && ls there"
    )
    #expect(again.status == 0 && again.output == "x\n", "\(again)")
  }
}
