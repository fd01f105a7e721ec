import BugMuseum
import KVM
import LinuxHost
import TestSupport
import Testing
import TimerModels

@testable import VMM

/// The generic timer and its controller under guests that check them themselves.
extension LiveUntimed {
  @Suite("Generic timer guests", .requiresKVM, .timeLimit(.minutes(10)))
  struct GenericTimerGuestTests {
    // MARK: On the host's time

    @Test(
      "gtick gets one tick for every crossing, and none early", arguments: IRQChip.allCases,
      [100, 1000, 5000])
    func gtick(controller: IRQChip, period: Int) throws {
      let result = shell("$SWVMM run gtick --irqchip \(controller.rawValue) -- 50 \(period)")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(number("ticks", in: result.output) == 50)
      #expect(number("early", in: result.output) == 0)
      let skipped = try #require(number("skipped", in: result.output))
      #expect(number("crossings", in: result.output) == 50 + skipped)
      try expectNoEcho(number("spurious", in: result.output), controller)
    }

    @Test("a timer's interrupt is a level", arguments: IRQChip.allCases)
    func level(controller: IRQChip) throws {
      let result = shell("$SWVMM run level --irqchip \(controller.rawValue) --cpus 2")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(number("failed", in: result.output) == 0)
      let checks = result.output.matches(of: /expected ([0-9]+), found ([0-9]+)\n/)
      // Without an APIC, that nothing was spurious is one more.
      #expect(checks.count == (controller == .user ? 33 : 32))
      for check in checks { #expect(check.1 == check.2, "\(result.output)") }
    }

    @Test(
      "an interrupt that vanishes is acknowledged as 1023 and takes no other with it",
      arguments: IRQChip.allCases)
    func spurious(controller: IRQChip) throws {
      let result = shell("$SWVMM run spurious --irqchip \(controller.rawValue) -- 200")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(
        result.output.hasPrefix(
          "rounds: 200\nvanished: 200\nwrong: 0\nactive: 0\ntaken: 200\nmissed: 0\nechoes: "))
      try expectNoEcho(number("echoes", in: result.output), controller)
    }

    @Test(
      "every CPU gets its own ticks, and the SGIs of the CPU before it",
      arguments: IRQChip.allCases, [1, 3, 8])
    func smpGtick(controller: IRQChip, cpus: Int) throws {
      let result = shell(
        "$SWVMM run smp-gtick --irqchip \(controller.rawValue) --cpus \(cpus) -- 20 2000")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      let reports = try cpuReports(result.output)
      #expect(reports.count == cpus)
      for (cpu, report) in reports.enumerated() {
        let before = reports[(cpu + cpus - 1) % cpus]
        #expect(report.ticks == 20)
        #expect(report.ticks + report.skipped == report.crossings)
        #expect(report.sent + report.withheld == report.ticks)
        #expect(report.received == before.sent)
        #expect(report.early == 0 && report.strays == 0)
        try expectNoEcho(report.spurious, controller)
      }
    }

    @Test("a CPU that lets interrupts in for one instruction at a time takes them")
    func windows() {
      // With so short a period, CPUs skip points, and CPU 0, which waits like that in the end, is often
      // the first to be through: then all SGIs still to come find it there.
      for _ in 0..<repetitions(12) {
        let result = shell("$SWVMM run smp-gtick --cpus 4 -- 300 500")
        #expect(result.status == 0, "\(result.output)\(result.errors)")
      }
    }

    @Test("without SGIs, every CPU gets its own ticks")
    func alone() throws {
      let result = shell("$SWVMM run smp-gtick --cpus 3 -- 20 2000 0")
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      for report in try cpuReports(result.output) {
        #expect(report.ticks == 20 && report.sent == 0 && report.received == 0)
      }
    }

    /// Expects that no acknowledgement found nothing.
    ///
    /// A host that ends level interrupts before the guest does delivers some twice, and the guest says so.
    /// There it is not expected; anywhere else it would be a fault of this program.
    private func expectNoEcho(_ count: Int?, _ controller: IRQChip) throws {
      let count = try #require(count)
      if try deliveriesOfOneInterrupt(controller) == 1 { #expect(count == 0) }
    }

    private struct CPUReport {
      let ticks, skipped, early, crossings, sent, withheld, received, strays, spurious: Int
    }

    private func cpuReports(_ output: String) throws -> [CPUReport] {
      try output.split(separator: "\n").enumerated().map { cpu, line in
        try #require(line.hasPrefix("cpu \(cpu): "))
        func number(_ name: String) throws -> Int {
          let field = try #require(line.split(separator: " \(name) ").dropFirst().first)
          return try #require(Int(field.prefix { $0.isNumber }))
        }
        return CPUReport(
          ticks: try number("ticks"), skipped: try number("skipped"), early: try number("early"),
          crossings: try number("crossings"), sent: try number("sent"),
          withheld: try number("withheld"), received: try number("received"),
          strays: try number("strays"), spurious: try number("spurious"))
      }
    }

    // MARK: In virtual time

    @Test("in virtual time no tick is late by more than a read, however long the period")
    func gtickInVirtualTime() {
      let long = shell("$SWVMM run gtick --clock virtual --timeout 2000 -- 100 10000000")
      #expect(long.status == 0)
      #expect(
        long.output
          == """
          ticks: 100
          skipped: 0
          early: 0
          spurious: 0
          crossings: 100
          late: mean 0, worst 0 ticks of the counter

          """)
    }

    @Test("with a period shorter than a tick takes, points are skipped and accounted for")
    func gtickTooFast() {
      // An exit takes 100 us. The first tick reads the counter 4 exits after the start; each other one
      // 5 after the one before: IAR, CVAL, EOIR and HLT are in between. So the tenth is at 4900 us, past
      // 32 points.
      let result = shell("$SWVMM run gtick --clock virtual --exit-cost 100000 -- 10 150")
      #expect(result.status == 0)
      #expect(result.output.hasPrefix("ticks: 10\n"))
      #expect(result.errors == "")
      #expect(number("skipped", in: result.output) == 22)
      #expect(number("early", in: result.output) == 0)
    }

    @Test(
      "two runs print and trace the same, byte for byte",
      arguments: [
        "gtick", "gtick --exit-cost 12345 -- 50 1000", "level --cpus 2", "spurious -- 100",
        "smp-gtick --cpus 1", "smp-gtick --cpus 4", "smp-gtick --cpus 8 --exit-cost 9999 -- 20",
      ])
    func twoRuns(guest: String) {
      func run(trace: String) -> String {
        "$SWVMM run --clock virtual --trace \(trace) \(guest)"
      }
      let result = shell(
        "\(run(trace: "1")) >a && \(run(trace: "2")) >b && cmp a b && cmp 1 2 && test -s 1 && echo same"
      )
      #expect(result.output == "same\n")
      #expect(result.errors == "")
    }

    // MARK: What they refuse, and what they catch

    @Test(
      "malformed arguments are answered by one sentence",
      arguments: [
        "gtick -- 0", "gtick -- 5 0", "gtick -- 5 10000001", "gtick -- x", "gtick -- 1 2 3",
        "level -- 1", "spurious -- 4294967296", "spurious -- 1 2", "smp-gtick -- 0",
        "smp-gtick -- 1 -1", "smp-gtick -- 1 1 2", "smp-gtick --cpus 9",
      ])
    func malformed(guest: String) {
      let result = shell("$SWVMM run \(guest)")
      #expect(result.status == 1)
      let name = guest.prefix { $0 != " " }
      #expect(result.output.hasPrefix("\(name): "))
      #expect(result.output.filter { $0 == "\n" }.count == 1)
      #expect(result.errors == "")
    }

    /// The same guest, timer and controller, with one operation as it was before its fix.
    @Test("with the timer's line latched like an edge, as in Linux 4.3, level finds it")
    func edgeTimerLine() throws {
      #expect(try outcome(of: "level", rules: InterruptController.self) == .exited(code: 0))
      #expect(try outcome(of: "level", rules: EdgeTimerStaleInterrupt.self) == .exited(code: 10))
    }

    private func outcome(
      of guest: String, rules: any InterruptControllerRules.Type
    ) throws -> Outcome {
      var configuration = MachineConfiguration()
      configuration.console = .error
      configuration.readsInput = false
      configuration.rules.controller = rules
      let image = try BootImage(#require(BuiltInGuest.named(guest)).file)
      return try Machine(configuration, on: KVMSystem(), image: image).run().outcome
    }
  }
}
