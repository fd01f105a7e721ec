import Glibc
import TestSupport
import Testing

extension LiveUntimed {
  /// Debian's GDB, by scripts.
  @Suite(
    "GDB", .requiresKVM, .enabled("there is no gdb here") { access("/usr/bin/gdb", X_OK) == 0 })
  struct GDBTests {
    /// What GDB prints when it carries out commands on a guest.
    private func session(_ run: String, _ commands: [String]) -> CommandResult {
      let script = (["set confirm off", "set pagination off", "set height 0"] + commands)
        .joined(separator: "\n")
      return shell(
        """
        cat >script <<'END'
        \(script)
        END
        $SWVMM \(run) >guest 2>remarks &
        command=$!
        for i in $(seq 500); do [ -S socket ] && break; sleep 0.02; done
        timeout 60 gdb -nx -batch -x script 2>&1
        wait $command
        echo "status $?"
        cat guest remarks
        """)
    }

    private static let attach = "target remote socket"

    @Test("breakpoints, steps, registers and the end")
    func forward() {
      let result = session(
        "run hello --gdb unix:socket --timeout 60",
        [
          Self.attach, "break *0x1000cf", "continue", "info registers rip cr0 efer", "x/i $pc",
          "info threads", "stepi", "monitor timers", "continue",
        ])
      let output = result.output
      #expect(output.contains("Breakpoint 1, 0x00000000001000cf"), "\(result)")
      #expect(output.contains("cr0            0x11"))
      #expect(output.contains("=> 0x1000cf:\tmov    $0x3f8,%edx"))
      #expect(output.contains("(vCPU 0: running)"))
      #expect(output.contains("vCPU 0 generic timer: virtual CTL 0x4"))
      #expect(output.contains("exited normally"))
      #expect(output.contains("status 0\nhello from a guest of swvmm\n"))
    }

    @Test("back from the end of a run with a bug, to where an interrupt line went low")
    func backward() {
      let result = session(
        "run level --cpus 2 --clock virtual --bug gic-icpendr-clears-level --gdb unix:socket",
        [
          Self.attach, "continue", "watch *(unsigned *) 0xffffffff56500000", "reverse-continue",
          "reverse-continue", "x/i $pc", "reverse-stepi", "reverse-stepi", "kill",
        ])
      let output = result.output
      #expect(output.contains("the guest's exit code is 2"), "\(result)")
      #expect(output.contains("No more reverse-execution history."))
      #expect(output.contains("Old value = 0\nNew value = 65536"))
      #expect(output.contains("Old value = 65536\nNew value = 0"))
      #expect(output.contains("status 137"))
    }

    @Test("a replay string opens its bug's guest at the end of its run")
    func replay() {
      let result = session(
        "replay count-compare/mips-freeze-lost-irq:match-1ns,compare+2,match,count=compare "
          + "--gdb unix:socket",
        [Self.attach, "reverse-stepi", "info registers rip", "detach"])
      #expect(result.output.contains("rip "), "\(result)")
      #expect(result.output.contains("mips-freeze-lost-irq: broken: lost-interrupt"))
      #expect(result.output.contains("status 1\n"))
    }

    @Test("a replay string that has no guest is refused in a line")
    func replayWithoutGuest() {
      for string in [
        "count-compare:match", "count-compare/mips-cause-rmw-lost-ti:match",
      ] {
        let result = shell("$SWVMM replay \(string) --gdb unix:socket")
        #expect(result.status == 64 && result.hasOneLineOfComplaint, "\(result)")
      }
    }
  }
}
