import Glibc
import JSON
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// `swvmm kut` on a list of this project's own guest, which speaks as the tests of kvm-unit-tests do.
  @Suite("kvm-unit-tests", .requiresKVM, .timeLimit(.minutes(5)))
  struct KutTests {
    private static let list = """
      [pass]
      file = toy.flat
      smp = 2
      extra_params = -cpu max,+x2apic,-rdtscp -m 64 -append 'one two'

      [skip]
      file = toy.flat
      test_args = skip

      [fail]
      file = toy.flat
      test_args = "fail"

      [abort]
      file = toy.flat
      test_args = abort

      [hang]
      file = toy.flat
      test_args = hang
      timeout = 0.5s

      [reset]
      file = toy.flat
      test_args = reset

      [bad]
      file = toy.flat
      test_args = bad
      groups = odd

      [i386]
      file = toy.flat
      arch = i386

      [manual]
      file = toy.flat
      groups = nodefault odd

      [condition]
      file = toy.flat
      check = /proc/sys/kernel/ostype=Windows

      [missing]
      file = none.flat

      [nonsense]
      file = unittests.cfg

      [device]
      file = toy.flat
      qemu_params = -device edu

      [last]
      file = toy.flat
      """

    private func kut(_ words: String) -> CommandResult { shell(script(words)) }

    private func script(_ words: String) -> String {
      """
      $SWVMM images export multiboot toy.flat
      cat >unittests.cfg <<'END'
      \(Self.list)
      END
      \(words)
      """
    }

    private static let lines = [
      "PASS pass (9 tests)", "SKIP skip (1 tests, 1 skipped)",
      "FAIL fail (10 tests, 1 unexpected failures)", "FAIL abort (aborted)",
      "FAIL hang (timeout; duration=0.5s)",
      "FAIL reset (", "FAIL bad (",
      "SKIP i386 (i386 only)", "SKIP manual (test marked as manual run only)",
      "SKIP condition (/proc/sys/kernel/ostype not equal to Windows)",
      "SKIP missing (test file './none.flat' not found)",
      "FAIL nonsense (./unittests.cfg: not an ELF file; without --boot it is taken as a flat binary)",
      "SKIP device (asks for the device edu, which is not here)", "PASS last (9 tests)",
    ]

    @Test(
      "each test has its verdict, in the order of the list", arguments: isEmulated ? [4] : [1, 4])
    func verdicts(jobs: Int) {
      let result = kut("$SWVMM kut unittests.cfg -j \(jobs)")
      #expect(result.status == 1)
      #expect(result.errors == "")
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == Self.lines.count, "\(result.output)")
      for (line, expected) in zip(lines, Self.lines) where !expected.hasSuffix("(") {
        #expect(line == expected)
      }
      let reset = "FAIL reset (the guest reset: triple fault or shutdown of vCPU 0"
      #expect(lines.contains { $0.hasPrefix(reset) })
      #expect(lines.contains { $0.hasPrefix("FAIL bad (") && $0.contains("; in bad)") })
      let bad = "KVM cannot emulate the instruction at 0x"
      #expect(
        lines.contains { $0.hasPrefix("FAIL bad (") && $0.contains(bad) && $0.contains("0f fc") })
    }

    @Test("on a terminal there is a line that names the tests that run")
    func statusLine() {
      let screen = terminalOutput(of: script("$SWVMM kut unittests.cfg hang skip 2>$TERMINAL"))
        .screen
      #expect(screen.contains("\r0 of 2 tests: skip\u{1b}[K"), "\(screen)")
      #expect(screen.contains("\r1 of 2 tests: hang\u{1b}[K"), "\(screen)")
      #expect(screen.hasSuffix("\r\u{1b}[K"), "\(screen)")
    }

    @Test("the guest finds its processors, its memory and its arguments")
    func environment() {
      let result = kut("$SWVMM kut unittests.cfg pass last --json")
      #expect(result.status == 0)
      #expect(result.output.contains("\"--cpus\",\n        \"2\""), "\(result.output)")
      #expect(result.output.contains("\"64M\""))
      #expect(result.output.contains("\"--cpu-feature=-rdtscp\""))
      #expect(result.output.contains("\"one two\""))
      #expect(result.output.contains("\"passed\": 2"))
    }

    @Test("the formats are what others read")
    func formats() throws {
      let tap = kut("$SWVMM kut unittests.cfg skip fail bad device --format tap")
      #expect(tap.status == 1)
      let lines = tap.output.split(separator: "\n")
      #expect(lines.first == "TAP version 13")
      #expect(lines.last == "1..\(lines.count - 2)")
      #expect(tap.output.contains("not ok 20 - fail: as it was told\n"), "\(tap.output)")
      #expect(tap.output.contains(" - skip: as it was told # SKIP\n"))
      #expect(tap.output.contains(" - bad: vCPU 0: KVM cannot emulate"))
      #expect(tap.output.contains(" - device: asks for the device edu, which is not here # SKIP\n"))
      let junit = kut("$SWVMM kut unittests.cfg skip fail --format junit")
      #expect(junit.output.contains("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\""))
      let document = try JSONNode(
        parsing: Array(kut("$SWVMM kut unittests.cfg skip fail --json").output.utf8))
      #expect(document["failed"]?.content == .integer(1))
      #expect(document["skipped"]?.content == .integer(1))
    }

    @Test("groups and names choose; what is chosen is run")
    func selection() {
      let group = kut("$SWVMM kut unittests.cfg -g odd")
      #expect(group.output.hasSuffix("PASS manual (9 tests)\n"))
      #expect(group.output.split(separator: "\n").count == 2)
      let all = kut("$SWVMM kut unittests.cfg manual last --all")
      #expect(all.output == "PASS manual (9 tests)\nPASS last (9 tests)\n")
      for words in ["nothing", "-g nothing", "last -g odd"] {
        let none = kut("$SWVMM kut unittests.cfg \(words)")
        #expect(none.status == 64 && none.hasOneLineOfComplaint, "\(words): \(none.errors)")
      }
    }

    @Test("a test whose process is killed takes no other along")
    func crash() {
      let result = kut(
        """
        $SWVMM kut unittests.cfg hang last --timeout 60 &
        until child=$(cat /proc/$!/task/*/children) && [ -n "$child" ]; do :; done
        kill -KILL $child; wait $!
        """)
      #expect(result.output == "FAIL hang (terminated on SIGKILL)\nPASS last (9 tests)\n")
    }

    @Test("a signal ends it with what there is, and its tests with it", arguments: ["HUP", "TERM"])
    func signals(name: String) {
      let result = kut(
        """
        $SWVMM kut unittests.cfg pass hang last --timeout 60 >out &
        until grep -q PASS out; do :; done
        until child=$(cat /proc/$!/task/*/children) && [ -n "$child" ]; do :; done
        kill -\(name) $!; wait $!; s=$?
        cat out; kill -0 $child 2>/dev/null && echo 'it lives'; exit $s
        """)
      #expect(result.output == "PASS pass (9 tests)\n")
      #expect(result.status == (name == "HUP" ? 129 : 143))
    }

    @Test("a killed runner leaves no test behind")
    func killed() {
      let result = kut(
        """
        $SWVMM kut unittests.cfg hang --timeout 60 &
        until child=$(cat /proc/$!/task/*/children) && [ -n "$child" ]; do :; done
        kill -KILL $!; wait $!
        while grep -q 'State:.[^ZX]' /proc/$child/status 2>/dev/null; do :; done; echo gone
        """)
      #expect(result.output == "gone\n")
    }
  }
}
