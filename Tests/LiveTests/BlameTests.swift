import JSON
import Measurement
import TestSupport
import Testing

/// `swvmm measure`: causes that are provoked, conditions, and runs beside another program's.
extension Live {
  @Suite(
    "Blame", .requiresKVM,
    .enabled(if: !isEmulated, "where the processor is emulated, a delivery takes milliseconds"),
    .timeLimit(.minutes(10)))
  struct BlameTests {
    private func series(_ command: CommandResult) throws -> Series {
      let result = try MeasurementResult(JSONNode(parsing: Array(command.output.utf8)))
      return try #require(result.series.first, "\(command.errors)")
    }

    private func count(_ causes: [Cause], in series: Series) -> UInt64 {
      series.causes.filter { causes.contains($0.cause) }.reduce(0) { $0 + $1.times.count }
    }

    @Test("each late interrupt of a stamped run has one cause, and those of other runs have none")
    func one() throws {
      let command = shell("$SWVMM measure --json --count 300 --budget 0 --wait block")
      let result = try MeasurementResult(JSONNode(parsing: Array(command.output.utf8)))
      #expect(result.series.count == 2)
      for series in result.series {
        let blamed = series.causes.reduce(0) { $0 + $1.times.count }
        let isStamped = series.configuration.contains(.init("stamped", true))
        #expect(blamed == (isStamped ? series.latency.count : 0), "\(series.name)")
      }
    }

    /// A process of the lowest priority beside a busy loop on the same processor gets it last.
    ///
    /// *Why the loop comes later, and pauses:* the program's start and end beside it take ten seconds each. From 40
    /// deadlines on it comes before they are over.
    private func measureBesideLoop(_ options: String) -> CommandResult {
      shell(
        """
        taskset -c 0 nice -n 19 $SWVMM measure --json --no-comparison \
          --period 10000 --budget 2000 \(options) >out & child=$!
        sleep 0.3
        while kill -0 $child 2>/dev/null; do
          timeout 0.4 taskset -c 0 sh -c 'while :; do :; done'; sleep 0.1
        done
        wait $child; status=$?; cat out; exit $status
        """)
    }

    @Test(
      "a busy loop on the same processor is found as the wait for it",
      arguments: ["--route inject --wait block --count 45", "--route irq-line --count 60"])
    func busyLoop(route: String) throws {
      let command = measureBesideLoop(route)
      let series = try series(command)
      let waits = count([.preempted, .runQueue], in: series)
      let all = series.causes.reduce(0) { $0 + $1.times.count }
      #expect(waits > 0 && 2 * waits > all, "\(series.causes.map { ($0.cause, $0.times.count) })")
    }

    @Test(
      "of KVM's own timers, which make no exit, causes are known by the looks after each interrupt")
    func kernelTimer() throws {
      let command = measureBesideLoop("--timer apic --count 80")
      let series = try series(command)
      let waits = count([.preempted, .runQueue], in: series)
      let all = series.causes.reduce(0) { $0 + $1.times.count }
      #expect(waits > 0 && 2 * waits > all, "\(series.causes.map { ($0.cause, $0.times.count) })")
    }

    /// Some of the stops may come before the first deadline, or at the beginning of a wait.
    @Test(
      "a stop is seen by the witness, and without it as a thread that is blocked",
      arguments: [true, false])
    func stop(hasWitness: Bool) throws {
      let command = shell(
        """
        $SWVMM measure --json --no-comparison --count 3000 --budget 150000 \
          \(hasWitness ? "--witness" : "") >out & child=$!
        for stop in 1 2 3 4; do sleep 0.4; kill -STOP $child; sleep 0.2; kill -CONT $child; done
        wait $child; cat out
        """)
      let series = try series(command)
      #expect(series.verdicts[.late] > 0)
      #expect(
        count([hasWitness ? .stopped : .blocked], in: series) > 0,
        "\(series.causes.map { ($0.cause, $0.times.count) })")
    }

    @Test("a condition that holds ends with 0, one that does not with 1 and the figure")
    func gate() {
      let held = shell(
        "$SWVMM measure --count 50 --no-comparison --require 'p50<1s,lost=0,early=0'")
      #expect(held.status == 0 && held.errors.contains(": lost=0 holds"), "\(held.errors)")
      // A latency is never 0 at all points, and noise does not excuse the least one.
      let failed = shell(
        "$SWVMM measure --count 50 --no-stamps --require 'min<1ns'")
      #expect(failed.status == 1, "\(failed.errors)")
      #expect(failed.errors.contains("min<1ns does not hold"))
    }

    /// *Why several times:* how often the loop has the processor when a deadline comes is the scheduler's affair.
    @Test("a condition that this host's noise alone broke ends with 2, and a line that says so")
    func undecidedGate() {
      let line = "does not hold, but would without its noise ("
      var seen: [CommandResult] = []
      while seen.count < 12 && seen.last?.status != 2 {
        seen.append(
          measureBesideLoop("--route inject --wait block --count 60 --require 'p90<2ms,lost=0'"))
      }
      let errors = seen.map(\.errors).joined()
      #expect(seen.last?.status == 2, "\(errors)")
      #expect(seen.last?.errors.contains(line) == true, "\(errors)")
      #expect(seen.last?.errors.contains("this host was too noisy to say") == true, "\(errors)")
    }

    @Test("a trace names the cause beside each late deadline, and no other, as the result does")
    func trace() throws {
      let command = shell(
        "$SWVMM measure --json --count 300 --budget 0 --wait block --no-comparison --trace t; cat t >&2"
      )
      let series = try series(command)
      let trace = try JSONNode(parsing: Array(command.errors.drop { $0 != "{" }.utf8))
      var counts: [Cause: UInt64] = [:]
      for event in try trace.elements("traceEvents") where event["ph"]?.value == "i" {
        let isLate = event["args"]?["verdict"]?.value == "late"
        guard case .string(let name)? = event["args"]?["cause"]?.value else {
          #expect(!isLate)
          continue
        }
        counts[try #require(Cause(rawValue: name)), default: 0] += 1
      }
      #expect(counts.values.reduce(0, +) >= 300)
      for cause in series.causes { #expect(counts[cause.cause] == cause.times.count) }
    }

    @Test("a thread that spins sees the ticks of its processor")
    func ticks() throws {
      // A period that shares no factor with a tick's: deadlines come at all phases of it.
      let command = shell(
        "$SWVMM measure --json --no-comparison --count 8000 --period 317 --budget 5 --wait spin")
      let series = try series(command)
      #expect(
        count([.hostTick, .interrupted], in: series) > 0,
        "\(series.causes.map { ($0.cause, $0.times.count) })")
    }

    @Test("several runs are one result, whose runs are known apart, with an interval")
    func runs() throws {
      let command = shell(
        "$SWVMM measure --json --runs 3 --count 50 --no-comparison --require 'p50<1s'")
      let series = try series(command)
      #expect(series.verdicts.planned == 150 && series.runs.map(\.latency.count) == [50, 50, 50])
      #expect(command.errors.contains("(3 runs: "), "\(command.errors)")
    }

    @Test("a signal ends a comparison with the pairs that are whole, marked: 143")
    func interruptedComparison() {
      let result = shell(
        """
        printf '#!/bin/sh\necho >>starts\nexec "%s" "$@"\n' "$SWVMM" >other; chmod +x other; : >starts
        $SWVMM measure --runs 100 --count 100 --no-comparison --against ./other >out & child=$!
        while kill -0 $child && ! test "$(wc -l <starts)" -ge 4; do sleep 0.02; done
        kill -TERM $child; wait $child; echo $?; cat out
        """)
      #expect(result.output.hasPrefix("143\n"), "\(result.output) \(result.errors)")
      #expect(result.output.contains("count-compare inject adaptive: "), "\(result.output)")
      #expect(result.output.contains("This comparison is partial"), "\(result.output)")
      #expect(result.errors.contains(" of 100 pairs of runs"), "\(result.errors)")
    }

    @Test("a run in turn with another program, here itself, has pairs")
    func against() throws {
      let command = shell(
        "$SWVMM measure --json --runs 3 --count 100 --no-comparison --against $SWVMM")
      #expect([0, 1].contains(command.status), "\(command.errors)")
      let document = try JSONNode(parsing: Array(command.output.utf8))
      #expect(document["paired"]?.value == true)
      guard case .array(let series) = document["series"]?.content else {
        return #expect(Bool(false))
      }
      #expect(series.count == 1)
      let refused = shell("$SWVMM measure --runs 3 --count 10 --against /bin/false").onQuietHost
      #expect(refused.status == 65 && refused.hasOneLineOfComplaint, "\(refused.errors)")
    }
  }
}
