import JSON
import TestSupport
import Testing

extension LiveUntimed {
  @Suite("The trace of a run", .requiresKVM, .timeLimit(.minutes(1)))
  struct RunTraceTests {
    @Test("has the timer's own events between the exits, with values and names")
    func story() {
      let result = shell("$SWVMM run gtick --clock virtual --trace - -- 3 2>&1")
      #expect(result.status == 0)
      let lines = result.output.split(separator: "\n")
      for part in [
        "# swvmm trace, version 1: ", " timer generic-timer armed for ",
        " timer generic-timer expired ",
        ", late by 0, by look", " timer generic-timer line 27 up",
        " timer generic-timer line 27 down",
        " interrupt 0x", " GICC_IAR, acknowledges 27", " GICC_EOIR, ends 27", " CNTV_CVAL",
        " COM1_DATA", "# end: ",
      ] {
        #expect(lines.contains { $0.contains(part) }, "\(part)")
      }
      // What the line causes comes behind it.
      let up = lines.firstIndex { $0.hasSuffix("line 27 up") } ?? .max
      let interrupt = lines.firstIndex { $0.contains(" interrupt 0x") } ?? 0
      #expect(up < interrupt)
    }

    @Test(
      "the parts of a cut run make up the whole one's trace",
      arguments: ["tick -- 3", "gtick -- 3", "smp-gtick --cpus 2 -- 2"])
    func parts(guest: String) {
      let folder = TemporaryFolder()
      let words = guest.split(separator: " -- ")
      let (name, arguments) = (words[0], words[1])
      let result = shell(
        """
        cd \(folder.path)
        events() { cat "$@" | grep -v '^#'; }
        $SWVMM run \(name) --clock virtual --trace whole -- \(arguments) >out || exit 1
        for n in 3 7 11 20 29; do
          $SWVMM run \(name) --clock virtual --trace a --checkpoint-on exit=$n saved -- \(arguments) >out 2>&1
          test -e saved || continue
          $SWVMM restore saved --trace b >out || exit 2
          rm saved
          events whole >1; events a b >2; diff 1 2 || exit 3
          echo cut
        done
        """)
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(result.output.split(separator: "\n").count >= 3, "\(result.output)\(result.errors)")
    }

    @Test("in Perfetto's format every event has a track, and timers are slices")
    func perfetto() throws {
      let result = shell(
        "$SWVMM run gtick --clock virtual --trace t --trace-format perfetto -- 3 >&2; cat t; rm t")
      let document = try JSONNode(parsing: Array(result.output.utf8))
      guard case .array(let events) = document["traceEvents"]?.content else {
        Issue.record("no events: \(result)")
        return
      }
      #expect(document["otherData"]?["lostEvents"]?.content == .integer(0))
      let slices = events.filter { $0["ph"]?.content == .string("X") }
      #expect(slices.count >= 3)
      for event in events {
        let process = event["pid"]?.content
        #expect(process == .integer(10), "\(event)")
      }
      #expect(events.contains { $0["ph"]?.content == .string("C") })
    }

    @Test("what a full ring dropped is said at both ends of the trace, and when the run ends")
    func loss() {
      let result = shell(
        """
        $SWVMM run gtick --clock virtual --trace t --timeout 1000 -- \(isThorough ? 20_000 : 13_500) >/dev/null
        head -2 t | tail -1; tail -1 t; rm t
        """)
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 2 && lines.first == lines.last)
      #expect(lines.first?.hasSuffix(" earlier events were not kept") == true)
      #expect(result.errors.contains("swvmm: t: "))
    }

    @Test("a format without a trace is refused")
    func formatAlone() {
      #expect(shell("$SWVMM run hello --trace-format perfetto").status == 64)
    }
  }
}
