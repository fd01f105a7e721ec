import KVM
import LinuxHost
import Testing

@testable import Experiments

@Suite("Lists of kvm-unit-tests")
struct UnitTestListTests {
  private func tests(_ text: String) throws -> [UnitTest] {
    try UnitTestList([UInt8](text.utf8)).tests
  }

  private func refusal(_ text: String) -> String? {
    do {
      _ = try UnitTestList([UInt8](text.utf8))
      return nil
    } catch { return "\(error)" }
  }

  @Test("an entry is what its lines say, and an empty one what is usual")
  func entries() throws {
    let all = try tests(
      """
      # a comment
      [first]

      [second]\r
      file = second.flat\r
      smp=3,sockets=3
      test_args = '1 2'
      qemu_params = -cpu max
      groups = a b
      arch = x86_64
      accel = kvm
      timeout = 2m
      check = /a=1 /b/c=d=e
      machine = pc
      anything = else
      [third]
      smp = $MAX_SMP
      extra_params = \"""-cpu max \\
        -m 2
      -append x\"""
      timeout = 1.5
      """)
    #expect(all.map(\.name) == ["first", "second", "third"])
    #expect(all[0] == UnitTest(name: "first"))
    #expect(all[0].processors == 1 && all[0].timeout == 90)
    #expect(all[1].file == "second.flat" && all[1].processors == 3)
    #expect(all[1].arguments == "'1 2'" && all[1].parameters == "-cpu max")
    #expect(all[1].groups == ["a", "b"])
    #expect(all[1].architecture == "x86_64" && all[1].accelerator == "kvm")
    #expect(all[1].timeout == 120)
    #expect(
      all[1].conditions == [
        UnitTest.Condition(path: "/a", value: "1"), UnitTest.Condition(path: "/b/c", value: "d=e"),
      ])
    #expect(all[2].processors == nil && all[2].timeout == 1.5)
    #expect(try ShellWords(all[2].parameters).words == ["-cpu", "max", "-m", "2", "-append", "x"])
  }

  @Test("what is wrong is named by its line")
  func mistakes() {
    #expect(refusal("file = x") == "line 1: a setting without a [name] before it")
    #expect(refusal("[a]\nnonsense") == "line 2: neither [name] nor key = value")
    #expect(refusal("[a]\n\n[a]") == "line 3: a second test is called a")
    for name in ["[", "[]", "[a b]", "[a", "[a]b"] {
      #expect(refusal(name) == "line 1: a name in brackets is expected: [name]", "\(name)")
    }
    #expect(refusal("[a]\nx = \"\"\"b\nc\nd") == "line 2: \"\"\" without an end")
    for value in ["", "0", "-1", "x", "65536", "99999999999999999999", "1x"] {
      #expect(refusal("[a]\nsmp = \(value)")?.hasPrefix("line 2: smp = ") == true, "\(value)")
    }
    for value in ["", "0", "-1s", "nan", "inf", "s", "1w", "1e999"] {
      #expect(
        refusal("[a]\ntimeout = \(value)")?.hasPrefix("line 2: timeout = ") == true, "\(value)")
    }
    #expect(refusal("[a]\ncheck = x") != nil)
    #expect(refusal("[a]\ncheck = =x") != nil)
    #expect(refusal(String(repeating: "#", count: UnitTestList.bytesMax + 1)) != nil)
    #expect(refusal("[a]\ntimeout = 99999999d") == nil)
  }

  @Test("no change of one byte, and no cut, makes the reader trap")
  func mutation() {
    let text = [UInt8]("[a]\nsmp = 2\nx = \"\"\"b\\\nc\"\"\"\ncheck = a=b\ntimeout = 3s\n".utf8)
    for position in text.indices {
      _ = try? UnitTestList(Array(text[..<position]))
      for value in [0x01, 0x80, 0xff, 0x0a, 0x22] as [UInt8] {
        var changed = text
        changed[position] ^= value
        _ = try? UnitTestList(changed)
      }
    }
  }

  @Test("words are the shell's; what needs one is refused")
  func words() throws {
    func words(_ text: String) throws -> [String] { try ShellWords(text).words }
    #expect(
      try words("  a  'b c'\"d e\" '' f\\ g \"h\\\"i\" 'j\\k' ") == [
        "a", "b cd e", "", "f g", "h\"i", "j\\k",
      ])
    let time = try words("\"10 `date +%s`\"")
    #expect(time.count == 1 && time[0].hasPrefix("10 1") && time[0].count == 13)
    #expect(throws: UnitTestRefusal("needs a shell for $HOME")) { try words("a $HOME/b") }
    #expect(throws: UnitTestRefusal("needs a shell for `rm -r x`")) { try words("`rm -r x`") }
    #expect(throws: UnitTestRefusal("has quotes without an end")) { try words("'a") }
    #expect(try words("'$HOME'") == ["$HOME"])
  }

  private func machine(_ text: String) throws -> UnitTestMachine {
    try UnitTestMachine(ShellWords(text).words)
  }

  private func refusal(of text: String) -> String? {
    do {
      _ = try machine(text)
      return nil
    } catch let error as UnitTestRefusal { return error.reason } catch { return "\(error)" }
  }

  @Test("parameters of QEMU's make the machine")
  func parameters() throws {
    #expect(try machine("").memory == 128)
    let features = try machine(
      "-cpu qemu64,+x2apic,-rdtscp,svm=off,tsc_adjust,host-phys-bits,vendor=X"
    )
    .features.map { ($0.isShown ? "+" : "-") + $0.feature.name }
    #expect(features == ["+x2apic", "-rdtscp", "-svm", "+tsc-adjust"])
    #expect(try machine("-m 256").memory == 256)
    #expect(try machine("-m 2g -enable-kvm --no-reboot").memory == 2048)
    #expect(try machine("-m 2048k").memory == 2)
    #expect(try machine("-M q35,kernel-irqchip=split -machine pit=off").isSplit)
    #expect(try machine("-append 'a b' -smp 4,cores=2").arguments == ["a", "b"])
    #expect(try machine("-append 'a b' -smp 4,cores=2").processors == 4)
    #expect(try machine("-global kvm-pit.lost_tick_policy=discard -display none").features == [])
  }

  @Test(
    "what is not here is named",
    arguments: [
      ("-device hyperv-testdev", "asks for the device hyperv-testdev, which is not here"),
      (
        "-cpu host,hv_passthrough",
        "asks for the processor feature hv_passthrough, which is not here"
      ),
      ("-cpu X,phys-bits=36", "asks for phys-bits=36 of the processor, which is not here"),
      ("-overcommit cpu-pm=on", "asks for -overcommit cpu-pm=on, which is not here"),
      ("-machine vmport=on", "asks for -machine vmport=on, which is not here"),
      ("-accel tcg", "asks for -accel tcg, which is not here"),
      ("-m 99999999999", "-m 99999999999 is not a size of memory"), ("-m", "-m has no value"),
      ("-smp x", "-smp x is not a number of processors"),
    ])
  func refusals(text: String, reason: String) { #expect(refusal(of: text) == reason) }

  @Test("a machine that cannot be had is refused by its first wish; a feature is left out")
  func host() throws {
    let all = UnitTestHost(processors: 2)
    func refusal(_ text: String, processors: Int = 1) -> String? {
      do {
        _ = try all.offered(machine(text), processors: processors)
        return nil
      } catch let error as UnitTestRefusal { return error.reason } catch { return "\(error)" }
    }
    #expect(refusal("-m 1") == nil)
    for size in ["4g", "4294967295t", "1k"] {
      #expect(refusal("-m \(size)")?.contains("of memory; here are from 1M to ") == true, "\(size)")
    }
    #expect(refusal("", processors: 17) == "asks for 17 processors; here are at most 16")
    let none = UnitTestHost(processors: 2, features: .none)
    #expect(try none.offered(machine("-cpu x,+pcid,-umip"), processors: 1).features.count == 1)
    #expect(throws: UnitTestRefusal("KVM offers no nested virtualization here (svm)")) {
      try none.offered(machine("-cpu x,+svm -m 4g"), processors: 1)
    }
  }

  @Test("a hidden feature that is not known is hidden already")
  func hidden() { #expect(refusal(of: "-cpu max,-vmx-mbec,hv_time=off") == nil) }

  @Test("output is reports and a summary, however it is cut, and a flood of it is bounded")
  func output() {
    let text =
      "enabling apic\r\nPASS: one: two\r\nFAIL: three\r\nSKIP: four\nXFAIL: five\nother: x\n"
      + "SUMMARY: 4 tests, 1 unexpected failures\r\n"
    for size in [1, 2, 7, 1000] {
      var output = UnitTestOutput()
      let bytes = [UInt8](text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        output.append(Array(bytes[start..<min(bytes.count, start + size)]))
      }
      output.end()
      #expect(output.reports.map(\.verdict) == ["PASS", "FAIL", "SKIP", "XFAIL"])
      #expect(output.reports.first?.text == "one: two")
      #expect(output.failureCount == 1)
      #expect(output.summary == "4 tests, 1 unexpected failures")
    }
    var flood = UnitTestOutput()
    flood.append([UInt8]("SUMMARY: early\n".utf8))
    let line = [UInt8]("PASS: \(String(repeating: "x", count: 2000))\n".utf8)
    for _ in 0..<20_000 { flood.append(line) }
    #expect(flood.reportCount == 20_000 && flood.reports.count == 10_000)
    #expect(flood.reports[0].text.count == 994)
    #expect(flood.summary == nil, "more than five lines before the end")
  }

  @Test("a verdict follows from how the process ended")
  func verdicts() throws {
    var test = UnitTest(name: "a")
    test.architecture = "i386"
    let host = UnitTestHost(processors: 2)
    let plan = UnitTestPlan(test, in: ".", UnitTestSelection(), on: host)
    #expect(plan.skipReason == "i386 only")
    func line(_ end: ChildProcess.End, _ errors: String = "") -> String {
      var result = UnitTestResult(plan, .fail)
      result.output.append([UInt8]("SUMMARY: 2 tests\n".utf8))
      result.judge(end, errors: [UInt8](errors.utf8), timeout: 1.5)
      return result.text()
    }
    #expect(line(.exited(0)) == "PASS a (2 tests)\n")
    #expect(line(.exited(38)) == "SKIP a (2 tests)\n")
    #expect(line(.exited(1), "swvmm: 3 accesses\n") == "FAIL a (2 tests)\n")
    #expect(line(.exited(63)) == "FAIL a (aborted)\n")
    #expect(
      line(.exited(124), "swvmm: timed out (--timeout)\n") == "FAIL a (timeout; duration=1.5s)\n")
    #expect(line(.exited(102), "swvmm: note\nswvmm: cannot\n") == "FAIL a (cannot)\n")
    let fallen = "swvmm: cannot\nvCPU 0, running\n  rip    0x400608 there+0x12\n  code   cc\n"
    #expect(line(.exited(102), fallen) == "FAIL a (cannot; in there+0x12)\n")
    #expect(line(.exited(102), "swvmm: cannot\n  rip    0x4\n") == "FAIL a (cannot)\n")
    #expect(line(.exited(70)) == "FAIL a (status 70)\n")
    #expect(line(.killed(11)) == "FAIL a (terminated on SIGSEGV)\n")
  }

  @Test("what is wanted is chosen by names, groups and marks")
  func selection() throws {
    var manual = UnitTest(name: "m")
    manual.groups = ["nodefault", "slow"]
    var selection = UnitTestSelection()
    #expect(selection.includes(manual))
    #expect(throws: UnitTestRefusal("test marked as manual run only")) {
      try selection.require(manual)
    }
    selection.group = "slow"
    #expect(selection.includes(manual))
    try selection.require(manual)
    selection.group = "fast"
    #expect(!selection.includes(manual))
    selection = UnitTestSelection()
    selection.names = ["m"]
    try selection.require(manual)
    #expect(!selection.includes(UnitTest(name: "other")))
    selection = UnitTestSelection()
    selection.wantsAll = true
    try selection.require(manual)
    var condition = UnitTest(name: "c")
    condition.conditions = [UnitTest.Condition(path: "/proc/sys/kernel/ostype", value: "Linux")]
    let host = UnitTestHost(processors: 2)
    #expect(
      UnitTestPlan(condition, in: ".", UnitTestSelection(), on: host).skipReason
        == "test file './' not found")
    condition.conditions.append(UnitTest.Condition(path: "/nowhere", value: ""))
    #expect(
      UnitTestPlan(condition, in: ".", UnitTestSelection(), on: host).skipReason
        == "/nowhere not equal to ")
  }
}
