import JSON
import TestSupport
import Testing

/// `swvmm tsc` as a command; the formats themselves are TSCReplayTests' matter.
@Suite("tsc", .timeLimit(.minutes(5)))
struct TSCCommandTests {
  @Test("QEMU 2.0's sequence shows the right decisions, and the pre-fix ones beside them")
  func sequence() {
    let result = shell("$SWVMM tsc --example qemu-2.0")
    #expect(result.status == 0)
    #expect(
      result.output.contains(
        "tsc-matched-overcount: vCPU 0: matched (within 1 s of the expected 22500000); "
          + "generation 1, 2 + 1 of 2 matched"))
    #expect(result.output.contains("tsc-matched-overcount: kvmclock is unstable"))
    #expect(
      result.output.hasSuffix("8 operations\nkvmclock can be stable: 2 of 2 vCPUs match\n"))
  }

  @Test("the trace of a kernel before the fix is explained, and its verdict is 1")
  func trace() throws {
    let result = shell("$SWVMM tsc --example qemu-2.0-trace --show | $SWVMM tsc -")
    #expect(result.status == 1)
    #expect(
      result.output.contains("4  1000.003001  vCPU 1: matched; 1 + 1 of 2 matched; master clock"))
    #expect(result.output.contains("kvmclock is unstable: KVM counted a vCPU twice"))
    let brief = shell("$SWVMM tsc --example qemu-2.0-trace --verdict")
    #expect(brief.output.hasPrefix("13 TSC events in 14 lines\nkvmclock is unstable"))
  }

  @Test("--json gives one document", arguments: ["qemu-2.0", "qemu-2.0-trace"])
  func json(example: String) throws {
    let result = shell("$SWVMM tsc --example \(example) --json")
    let document = try JSONNode(parsing: Array(result.output.utf8))
    #expect(document["verdict"]?["stable"]?.content == .bool(example == "qemu-2.0"))
    let brief = shell("$SWVMM tsc --example \(example) --json --verdict")
    #expect(try JSONNode(parsing: Array(brief.output.utf8)).kind == "an object")
  }

  @Test("a sequence in a file, with an exhibit beside it")
  func exhibit() {
    let folder = TemporaryFolder()
    let text = """
      {"kilohertz": 2500000, "operations": [{"op": "create"},
       {"op": "write", "vcpu": 0, "value": 2000000000, "after": 100000000}]}
      """
    let file = folder.file("first.json", Array(text.utf8))
    let result = shell("$SWVMM tsc --bug tsc-first-user-write-slop \(file)")
    #expect(result.status == 0)
    #expect(result.output.contains("(user space's first write is taken as it is)"))
    #expect(
      result.output.contains(
        "tsc-first-user-write-slop: vCPU 0: matched (within 1 s of the expected 250000000)"))
  }

  @Test(
    "what is neither is an error with its line",
    arguments: [
      ("", "no kvm_write_tsc_offset or kvm_track_tsc in 0 lines"),
      ("nothing\\n", "no kvm_write_tsc_offset or kvm_track_tsc in 1 line, by name"),
      ("nothing\\nof that\\n", "no kvm_write_tsc_offset or kvm_track_tsc in 2 lines"),
      ("a\\nb\\n1.0: kvm_track_tsc: vcpu_id x\\n", "line 3: kvm_track_tsc: no number"),
      ("{", "line 1"), ("{\\n}", "line 1: there is no kilohertz"),
    ])
  func malformed(text: String, complaint: String) {
    let result = shell("printf '\(text)' | $SWVMM tsc -")
    #expect(result.status == 65)
    #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    #expect(result.errors.contains(complaint), "\(result.errors)")
    #expect(result.output == "")
  }

  @Test("files and options that cannot be are named")
  func usage() {
    #expect(shell("$SWVMM tsc /nowhere").status == 66)
    #expect(shell("$SWVMM tsc /").status == 65)
    for words in [
      "", "/nowhere --example qemu-2.0", "--example qemu-9", "- --show",
      "--example qemu-2.0 --bug none", "--example qemu-2.0-trace --bug tsc-sync-window-cliff",
      "--example qemu-2.0 --pid 1", "--pid x -",
    ] {
      let result = shell("$SWVMM tsc \(words)")
      #expect(result.status == 64, "\(words)")
      #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    }
  }

  @Test("an account for each process; --pid picks one, or a thread; what cannot be said is 1")
  func machines() throws {
    let text = ["100", "200"].map { process in
      "a \(process)/\(process)1 [0] 1.0: kvm_write_tsc_offset: vcpu=0 prev=0 next=\(process)\\n"
        + "a \(process)/\(process)1 [0] 1.0: kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 "
        + "nr_online 1 hostclock \(process == "100" ? "0x1" : "0x7")\\n"
    }.joined()
    for (options, status, words) in [
      (
        "", 1,
        "process 200 (a): kvmclock: whether it is stable cannot be said: the host's clock is"
      ),
      ("--pid 100", 0, "2 TSC events in 4 lines\nkvmclock can be stable"),
      ("--pid 1001", 0, "kvmclock can be stable"), ("--pid 200", 1, "cannot be said"),
      ("--pid 100 --pid 200", 1, "process 100 (a): kvmclock can be stable"),
      ("--json --pid 200", 1, "\"stable\":null"),
    ] {
      let result = shell("printf '\(text)' | $SWVMM tsc \(options) -")
      #expect(result.status == Int32(status), "\(options)")
      #expect(result.output.contains(words), "\(options): \(result.output)")
    }
    let none = shell("printf '\(text)' | $SWVMM tsc --pid 7 -")
    #expect(none.status == 65 && none.errors.contains("none of its 4 TSC events"))
  }

  @Test("a tool's own file is an error that says how to print it")
  func binaries() {
    let perf = shell("printf PERFILE2xyz >f; $SWVMM tsc f")
    #expect(perf.status == 65 && perf.errors.contains("perf script -i"))
    let traceCommand = shell("printf '\\027\\010\\104tracing6' | $SWVMM tsc -")
    #expect(traceCommand.status == 65 && traceCommand.errors.contains("trace-cmd report -i"))
  }

  @Test("a long trace takes no more memory than a short one")
  func memory() {
    let result = shell(
      """
      awk 'BEGIN { for (i = 0; i < 400000; i++)
        print " q 1 [0] 1.0: kvm:kvm_write_tsc_offset: vcpu=0 prev=7 next=7" }' >trace
      (ulimit -v 262144; $SWVMM tsc --verdict - <trace)
      """)
    #expect(result.output.hasPrefix("400000 TSC events in 400000 lines\n"), "\(result.errors)")
  }
}
