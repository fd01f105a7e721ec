import TestSupport
import Testing

extension LiveUntimed {
  /// `run --device`: a device of another vendor's under real guests.
  @Suite(
    "Foreign devices in a run", .requiresKVM, .timeLimit(.minutes(5)),
    .enabled(if: AdapterProgram.hasCompiler, "no C compiler"))
  struct ForeignRunTests {
    @Test(
      "with our own model behind an adapter a run in virtual time is the same, event by event",
      arguments: [
        ("tick", "count-compare"), ("freeze-race", "count-compare"),
        ("gtick", "generic-timer"), ("smp-gtick --cpus 2", "generic-timer"),
        ("level", "gic"), ("smp-gtick --cpus 2", "gic"),
      ])
    func ourModel(guest: String, kind: String) {
      let count = guest == "freeze-race" ? "-- 5000" : ""
      let result = shell(
        """
        run="$SWVMM run \(guest) --clock virtual"
        $run --trace ours \(count) >ours.out &&
        $run --trace served --device "\(AdapterProgram.ours(kind))" \(count) >served.out &&
        cmp ours served && cmp ours.out served.out && test -s ours
        """)
      #expect(result.status == 0, "\(result.errors)\(result.output)")
    }

    @Test(
      "a timer in C serves guests at the host's time, by every controller",
      arguments: ["user", "kernel", "split"])
    func hostTime(irqchip: String) {
      let result = shell(
        "$SWVMM run tick --irqchip \(irqchip) --device \(AdapterProgram.timer()) -- 20")
      #expect(result.status == 0 && result.output.contains("ticks: 20\n"), "\(result.errors)")
    }

    @Test("a guest finds the freeze bug in the timer in C, and none in the right one")
    func freezeBug() {
      let run = "$SWVMM run freeze-race --clock virtual -- 5000"
      let wrong = shell(
        run.replacing("--clock", with: "--device \(AdapterProgram.timer(bug: "FREEZE")) --clock"))
      #expect(wrong.status == 1 && !wrong.output.contains("lost: 0\n"), "\(wrong.output)")
      #expect(wrong.output == shell("\(run)".replacing("--clock", with: Self.bug)).output)
      let right = shell(
        run.replacing("--clock", with: "--device \(AdapterProgram.timer()) --clock"))
      #expect(right.status == 0 && right.output.contains("lost: 0\n"), "\(right.output)")
    }

    /// The same bug in our timer.
    private static let bug = "--bug mips-freeze-lost-irq --clock"

    @Test(
      "saved and restored, the machine continues with the device's state",
      arguments: ["--clock virtual", "--irqchip user", "--irqchip kernel", "--irqchip split"])
    func checkpoint(options: String) {
      let timer = AdapterProgram.timer()
      let result = shell(
        """
        $SWVMM run tick \(options) --device \(timer) --checkpoint-on exit=60 saved -- 30 >begun &&
        $SWVMM restore saved --device \(timer) >continued && cat begun continued
        """)
      #expect(result.status == 0 && result.output.contains("ticks: 30\n"), "\(result.errors)")
    }

    @Test("a checkpoint is restored with the device that it was made with, or not at all")
    func otherDevice() {
      let timer = AdapterProgram.timer()
      let result = shell(
        """
        $SWVMM run tick --device \(timer) --checkpoint-on exit=60 saved
        $SWVMM run tick --checkpoint-on exit=60 ours 2>/dev/null
        $SWVMM restore saved; echo $?
        $SWVMM restore saved --device "\(AdapterProgram.ours("gic"))"; echo $?
        $SWVMM restore ours --device \(timer); echo $?
        $SWVMM restore saved --device "\(AdapterProgram.liar("no-state"))"; echo $?
        """)
      #expect(result.output == "65\n65\n65\n65\n", "\(result.errors)")
      let lines = result.errors.split(separator: "\n")
      #expect(lines.count == 5 && lines[0].hasSuffix("swvmm restore saved and the same --device"))
      #expect(lines[1].contains("needs --device") && lines[2].contains("were count-compare"))
      #expect(lines[3].contains("takes no --device"))
      #expect(lines[4].contains("a state has 6 words"), "\(lines[4])")
    }

    @Test(
      "what an adapter does that none may ends the run in one line, which says what it was asked",
      arguments: [
        ("crash", "was ended by SIGSEGV, asked to write Compare := "),
        ("hang", "did not answer for 5 s, asked to write Compare := "),
        ("refuses", "cannot do it: it refused, asked to write COUNT_HZ := "),
        ("alarm-now", "woken, it wants to be woken at 1 ns, asked to wake-up at "),
        ("exit", "exited with status 3"), ("noise", "broke the protocol"),
      ])
    func liar(lie: String, words: String) {
      let guest = lie == "refuses" ? "freeze-race" : "tick"
      for options in ["", "--clock virtual", "--irqchip kernel"] {
        let result = shell(
          "$SWVMM run \(guest) \(options) --device '\(AdapterProgram.liar(lie))'")
        #expect(result.isRefusal(saying: words), "\(options): \(result.status) \(result.errors)")
        // 5 s each.
        if lie == "hang" { break }
      }
    }

    @Test("a device that the guest does not use is remarked on")
    func idleDevice() {
      let timer = AdapterProgram.timer()
      let idle = shell("$SWVMM run hello --device \(timer)")
      #expect(
        idle.status == 0
          && idle.errors
            == "swvmm: --device \(timer): the guest did not use the Count/Compare timer, which it stands for\n",
        "\(idle)")
      let used = shell("$SWVMM run tick --clock virtual --device \(timer) -- 3")
      #expect(used.status == 0 && used.errors == "", "\(used)")
      let one = AdapterProgram.ours("count-compare+generic-timer")
      #expect(!shell("$SWVMM run tick --device \"\(one)\" -- 3").errors.contains("did not use"))
    }

    @Test("an adapter that is stopped, or killed, is told from one that answers")
    func stopped() {
      let timer = AdapterProgram.timer()
      for (signal, words) in [("STOP", "did not answer for 5 s"), ("KILL", "ended by SIGKILL")] {
        let result = shell(
          """
          cp \(timer) mine
          (sleep 0.5; kill -\(signal) $(pgrep -f "^$PWD/mine")) &
          $SWVMM run tick --device "$PWD/mine" --timeout 20 -- 100000
          """)
        #expect(result.isRefusal(saying: words), "\(signal): \(result.status) \(result.errors)")
      }
    }

    @Test("the end of a run is the end of its adapters, however it came")
    func nothingLeft() {
      let result = shell(
        """
        cp \(AdapterProgram.timer()) mine
        $SWVMM run smp-hello --cpus 3 --device "$PWD/mine" >/dev/null; echo $?
        $SWVMM run spin --cpus 2 --device "$PWD/mine" --timeout 0.2 >/dev/null 2>&1; echo $?
        $SWVMM run spin --device "$PWD/mine" >/dev/null & sleep 0.3; kill -TERM $!; wait $!; echo $?
        pgrep -f "^$PWD/mine"; echo none
        """)
      #expect(result.output == "0\n124\n143\nnone\n", "\(result.output)\(result.errors)")
    }

    @Test("an adapter that left its process group is ended like any other")
    func otherGroup() {
      let result = shell(
        "timeout -s KILL 15 $SWVMM run tick --device '\(AdapterProgram.liar("leaves-group"))'")
      #expect(
        result.isRefusal(saying: "did not answer for 5 s"), "\(result.status) \(result.errors)")
    }

    @Test("--device and --bug exclude each other; a device that cannot be saved is not")
    func usage() {
      let timer = AdapterProgram.timer()
      #expect(shell("$SWVMM run tick --bug mips-dc-ignored --device \(timer)").status == 64)
      let unsaved = AdapterProgram.liar("unsaved")
      let result = shell("$SWVMM run tick --checkpoint-on exit=9 file --device '\(unsaved)'")
      #expect(result.isRefusal(saying: "its state cannot be saved"), "\(result.errors)")
      let own = AdapterProgram.liar("private")
      let other = shell("$SWVMM run tick --checkpoint-on exit=9 file --device '\(own)'")
      #expect(
        other.isRefusal(saying: "its state means nothing to another process"), "\(other.errors)")
    }
  }
}
