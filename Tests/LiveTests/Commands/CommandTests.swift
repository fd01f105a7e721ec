import Glibc
import JSON
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// Bad and hostile input to the command: one clear line on standard error, the contract's status.
  @Suite("Command", .timeLimit(.minutes(5)))
  struct CommandTests {
    @Test(
      "an output that cannot be opened is refused before the work", .requiresKVM,
      arguments: [
        "measure --count 100000 --trace nowhere/x", "measure --count 100000 --report nowhere/x",
        "measure --count 100000 --hgrm nowhere/x", "run hello --trace nowhere/x",
        "run hello --checkpoint-on exit=1000000 nowhere/x", "torture --reproducer nowhere/x",
      ])
    func unopenableOutput(words: String) {
      let result = shell("$SWVMM \(words)")
      #expect(result.status == 71 && result.output == "", "\(result.output)")
      #expect(result.errors.contains(" of nowhere"), "\(result.errors)")
      #expect(result.hasOneLineOfComplaint)
    }

    @Test("where a trace's storage cannot be had, one line says how to get it; 71", .requiresKVM)
    func memoryLimit() {
      var statuses: [Int32] = []
      // Of RAM, the program's own, and 12 MiB of events; the program takes more where it is not optimised.
      for limit in stride(from: 46_000, through: 66_000, by: 1000) {
        let result = shell("ulimit -d \(limit); $SWVMM run hello --trace trace")
        statuses.append(result.status)
        guard result.status != 0 else { continue }
        #expect(result.status == 71 && result.hasOneLineOfComplaint, "\(limit): \(result.errors)")
        #expect(result.errors.contains("raise the limit"), "\(limit): \(result.errors)")
      }
      #expect(Set(statuses) == [0, 71])
      let measured = shell("ulimit -d 21000; $SWVMM measure --runs 1 --count 100000")
      #expect(measured.status == 71 && measured.errors.contains(" MiB for what "), "\(measured)")
    }

    @Test("an output that cannot be written does not take the others along; 71", .requiresKVM)
    func unwritableOutput() {
      let result = shell(
        """
        $SWVMM measure --count 3 --no-comparison --trace /dev/full --report page; s=$?
        test -s page && exit $s
        """)
      #expect(result.status == 71 && result.output.contains("verdicts"), "\(result.errors)")
      let run = shell("$SWVMM run hello --trace /dev/full --stats")
      #expect(run.status == 71 && run.errors.contains("exits"), "\(run.errors)")
    }

    @Test(
      "a trace and a guest's output that go to one stream which is full are one complaint",
      .requiresKVM)
    func unwritableTogether() {
      let result = shell("$SWVMM run hello --trace - >/dev/full")
      #expect(result.status == 71 && result.hasOneLineOfComplaint, "\(result.errors)")
    }

    @Test(
      "a run whose limit on open files is lowered below what it watches ends with 71 and advice",
      .requiresKVM)
    func loweredLimit() {
      let result = shell(
        """
        $SWVMM run spin --timeout 20 >out & child=$!
        until test -s out; do sleep 0.02; done
        prlimit --pid $child --nofile=1; kill -STOP $child; kill -CONT $child; wait $child
        """)
      #expect(result.status == 71 && result.hasOneLineOfComplaint, "\(result.errors)")
      #expect(result.errors.contains("(ulimit -n)"), "\(result.errors)")
    }

    @Test("a historic bug in a device that the guest does not use is remarked on", .requiresKVM)
    func idleBug() {
      let idle = shell("$SWVMM run gtick --clock virtual --bug mips-freeze-lost-irq -- 3")
      #expect(
        idle.status == 0
          && idle.errors
            == "swvmm: --bug mips-freeze-lost-irq: the guest did not use the Count/Compare timer, which has it\n",
        "\(idle)")
      for (guest, bug) in [
        ("tick", "mips-freeze-lost-irq"), ("gtick", "arm-ckpt-masked-timer"),
        ("gtick", "gic-icpendr-clears-level"),
      ] {
        let used = shell("$SWVMM run \(guest) --clock virtual --bug \(bug) -- 3")
        #expect(!used.errors.contains("did not use"), "\(used)")
      }
    }

    @Test("exits in virtual time are counted, and have no durations", .requiresKVM)
    func virtualStatistics() {
      let table = shell("$SWVMM run tick --clock virtual --stats -- 3").errors
      #expect(table.hasPrefix("        exits  reason and place\n"), "\(table)")
      #expect(table.contains("            3  hlt\n"), "\(table)")
      #expect(shell("$SWVMM run tick --stats -- 3").errors.contains("mean us"))
    }

    @Test("an output of a command that does not begin is as it was, or not there")
    func untouchedOutput() {
      let result = shell(
        "echo old >old; $SWVMM run nosuch --trace old; $SWVMM run nosuch --trace new; cat old; ls new"
      )
      #expect(result.output == "old\n" && result.status == 2, "\(result.errors)")
    }

    @Test("in virtual time the host's limit is its own, and says so", .requiresKVM)
    func hostTimeout() {
      for words in ["tick --timeout 1000000 -- 2000000 100", "spin --timeout 0.1"] {
        let result = shell(
          "set -- \(words); guest=$1; shift; $SWVMM run $guest --clock virtual --host-timeout 0.3 $*"
        )
        #expect(result.status == 124, "\(result.errors)")
        #expect(result.errors.contains("(--host-timeout)"), "\(result.errors)")
      }
      let virtual = shell("$SWVMM run tick --clock virtual --timeout 0.01 -- 2000000 100")
      #expect(virtual.status == 124 && virtual.errors.hasPrefix("swvmm: timed out (--timeout)"))
      #expect(shell("$SWVMM run hello --host-timeout 1").status == 64)
    }

    @Test("RAM too small for the image is said to be so", .requiresKVM)
    func smallRAM() {
      let result = shell("$SWVMM run hello --memory 1M")
      #expect(result.status == 65)
      #expect(result.errors.contains("does not fit into RAM, which ends at 0x100000 (--memory)"))
      #expect(result.hasOneLineOfComplaint)
      #expect(shell("$SWVMM run hello --memory 1088K").status == 0)
    }

    @Test("without a usable /dev/kvm the reason and the remedy are named")
    func noKVM() {
      // A private mount namespace in which /dev/kvm is something else needs root; where it cannot be
      // had, the handle itself is tested (HandleTests).
      let missing = shell(
        "unshare -m sh -c \"mount -t tmpfs none /dev && '$SWVMM' run hello\" 2>said; "
          + "s=$?; grep -v '^unshare' said >&2; exit $s")
      if missing.errors.isEmpty { return }
      #expect(missing.status == 69)
      #expect(
        missing.errors.contains("/dev/kvm: No such file or directory (ENOENT): load the module"))
      #expect(missing.hasOneLineOfComplaint)
    }

    @Test("a closed standard input is an empty one", .requiresKVM)
    func closedInput() {
      #expect(shell("$SWVMM run hello <&-").output == "hello from a guest of swvmm\n")
      #expect(shell("$SWVMM run echo --timeout 20 <&-").status == 0)
    }

    @Test("an output that is not read any more ends the run", .requiresKVM)
    func closedOutput() {
      // The writer waits until the reader has closed its end, so there is no race to lose.
      let pipe = shell(
        """
        { until [ -e closed ]; do :; done; $SWVMM run hello; echo $? >status; } \
          | { exec <&-; : >closed; until [ -e status ]; do :; done; }
        cat status
        """)
      #expect(pipe.output == "141\n" && pipe.errors == "")
      let closed = shell("$SWVMM run hello >&-")
      #expect(closed.status == 71)
      #expect(closed.hasOneLineOfComplaint)
      #expect(shell("$SWVMM images >&-").status == 71)
    }

    @Test(
      "a result that is not read ends in silence",
      arguments: [
        "images", "regress --list", "explore count-compare --depth 5", "--help", "run --help",
      ])
    func closedResult(words: String) {
      let pipe = shell(
        """
        { until [ -e closed ]; do :; done; $SWVMM \(words) 2>said; echo $? >status; } \
          | { exec <&-; : >closed; until [ -e status ]; do :; done; }
        cat status; grep -v 'searched for' said
        """)
      #expect(pipe.output == "141\n")
    }

    @Test("a reader that never reads holds up neither the timeout nor the end", .requiresKVM)
    func stalledOutput() {
      // 1 MiB of input to echo fills any pipe; the reader sleeps until the run is over.
      let result = shell(
        """
        mkfifo fifo; sleep 60 <fifo & reader=$!
        head -c 1000000 /dev/zero | tr '\\0' x | $SWVMM run echo --timeout 1 >fifo
        status=$?; kill $reader; rm fifo; exit $status
        """)
      #expect(result.status == 124)
      #expect(result.errors.hasPrefix("swvmm: timed out"))
    }

    @Test(
      "a command line without options means what it means with them",
      arguments: [
        "exit-code", "exit-code --", "exit-code -- 7", "exit-code -- -3", "exit-code -- 1 2",
      ])
    func plainCommandLine(words: String) {
      let plain = shell("$SWVMM run \(words)")
      let full = shell("$SWVMM run --cpus 1 \(words)")
      #expect(plain.status == full.status)
      #expect(plain.output == full.output)
      #expect(plain.errors == full.errors)
    }

    @Test("images lists every guest, and an exported one runs", .requiresKVM)
    func images() throws {
      let list = shell("$SWVMM images --json")
      let document = try JSONNode(parsing: Array(list.output.utf8))
      guard case .array(let guests) = document["guests"]?.content else {
        Issue.record("\(list.output)")
        return
      }
      #expect(guests.count == BuiltInGuest.all.count)
      let result = shell(
        "$SWVMM images export exit-code f && $SWVMM run ./f -- 9; s=$?; rm f; exit $s")
      #expect(result.status == 9)
    }

    @Test("--json gives one document on standard output, whatever the guest prints", .requiresKVM)
    func json() throws {
      let result = shell("$SWVMM run exit-code --json -- 5")
      let document = try JSONNode(parsing: Array(result.output.utf8))
      #expect(document["outcome"]?.content == .string("exited"))
      #expect(document["guestExitCode"]?.content == .integer(5))
      #expect(result.status == 5)
      let hello = shell("$SWVMM run hello --json")
      #expect(hello.errors == "hello from a guest of swvmm\n")
      #expect(try JSONNode(parsing: Array(hello.output.utf8))["status"]?.content == .integer(0))
    }

    @Test("probe says what it found, in words and as JSON", .requiresKVM)
    func probe() throws {
      let document = try JSONNode(parsing: Array(shell("$SWVMM probe --json").output.utf8))
      let behaviours = try #require(document["behaviours"])
      // The user-space controller is this program's own: anything but one delivery is its bug.
      #expect(behaviours["deliveriesUser"]?.content == .integer(1))
      for key in ["interruptReturn32", "deliveriesKernel", "deliveriesSplit", "tscWrites"] {
        #expect(behaviours[key] != nil && behaviours[key]?.content != .null, "\(key)")
      }
      #expect(document["extensions"]?["USER_MEMORY"]?.content == .integer(1))
      #expect(shell("$SWVMM probe").output.contains("long mode, --irqchip user"))
    }
  }
}
