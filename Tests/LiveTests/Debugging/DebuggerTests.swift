import GDBProtocol
import Glibc
import KVM
import TestSupport
import Testing

@testable import VMM

extension LiveUntimed {
  /// A guest under a debugger, in any mode.
  @Suite("Debugger", .requiresKVM)
  struct DebuggerTests {
    /// `hello`'s entry, and the instruction before its `rep outsb`.
    static let (entry, beforePrint): (UInt64, UInt64) = (0x1000c4, 0x1000cf)
    static let hello = "hello from a guest of swvmm\n"
    static let modes = [
      [], ["--clock", "virtual"], ["--irqchip", "kernel"], ["--irqchip", "split"],
    ]

    @Test("the guest waits before its first instruction, and shows registers and memory")
    func beginning() throws {
      let run = try DebuggedRun("hello")
      #expect(run.client.ask("?") == "T05thread:1;")
      #expect(run.client.register("rip") == Self.entry)
      #expect(run.client.register("cr0") == 0x11)
      let all = try #require(run.client.ask("g"))
      #expect(all.utf8.count == 2 * RegisterLayout.size)
      #expect(run.client.ask("m100000,4") == "7f454c46")
      #expect(run.client.ask("m1fffffc,10") == "00000000", "up to the end of RAM")
      #expect(run.client.ask("m2000000,1") == "E01")
      #expect(run.client.ask("qfThreadInfo") == "m1")
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, Self.hello))
    }

    @Test("registers and memory are changed, and what cannot be is refused")
    func changes() throws {
      let run = try DebuggedRun("hello")
      let text = run.client.ask("m1000df,5")
      #expect(text == Hexadecimal.text("hello".utf8))
      #expect(run.client.ask("M1000df,5:" + Hexadecimal.text("HELLO".utf8)) == "OK")
      let rax = String(RegisterLayout.index(of: "rax"), radix: 16)
      #expect(run.client.ask("P\(rax)=8877665544332211") == "OK")
      #expect(run.client.register("rax") == 0x1122_3344_5566_7788)
      let vector = String(RegisterLayout.index(of: "xmm1"), radix: 16)
      let value = String(repeating: "a5", count: 16)
      #expect(run.client.ask("P\(vector)=\(value)") == "OK")
      #expect(run.client.ask("p\(vector)") == value)
      let lines = String(RegisterLayout.index(of: "lines"), radix: 16)
      #expect(run.client.ask("P\(lines)=01000000") == "E01")
      let all = try #require(run.client.ask("g"))
      #expect(run.client.ask("G" + all) == "OK")
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, "HELLO from a guest of swvmm\n"))
    }

    @Test("a guest that is stepped to its end prints and ends as always", arguments: modes)
    func steps(_ options: [String]) throws {
      let run = try DebuggedRun("hello", options)
      var stops = 0
      var places: Set<UInt64> = []
      while let stop = run.client.stop("vCont;s:1;c"), stop.hasPrefix("T") {
        stops += 1
        if let place = run.client.register("rip") { places.insert(place) }
      }
      // Five instructions, 28 rounds of the sixth, and the exit; an exit is told twice where it can be undone.
      #expect((34...36).contains(stops), "\(stops)")
      #expect(places.isSuperset(of: [0x1000c5, 0x1000ca, 0x1000cf, 0x1000d4, 0x1000d6]))
      #expect(run.end() == (0, Self.hello))
    }

    @Test(
      "a guest that takes interrupts and halts is stepped, and runs on by itself", arguments: modes)
    func stepsOverHalts(_ options: [String]) throws {
      let run = try DebuggedRun("gtick", options, arguments: ["20", "2000"])
      var stops = 0
      while stops < 130, let stop = run.client.stop("vCont;s:1;c"), stop.hasPrefix("T") {
        stops += 1
      }
      _ = run.client.ask("D")
      let (status, output) = run.end()
      #expect(status == 0 && output.contains("ticks: 20\n"), "after \(stops) steps: \(output)")
    }

    @Test("a breakpoint stops the guest, does not show in memory, and goes", arguments: modes)
    func breakpoint(_ options: [String]) throws {
      // The emulator of the other backend does not see int3, which kernel controllers need.
      guard !isEmulated || !options.contains("--irqchip") else { return }
      let run = try DebuggedRun("hello", options)
      let place = String(Self.beforePrint, radix: 16)
      let bytes = run.client.ask("m\(place),4")
      #expect(run.client.ask("Z0,\(place),1") == "OK")
      #expect(run.client.stop("vCont;c") == "T05thread:1;swbreak:;")
      #expect(run.client.register("rip") == Self.beforePrint)
      #expect(run.client.ask("m\(place),4") == bytes)
      #expect(run.client.ask("z0,\(place),1") == "OK")
      #expect(run.client.stop("vCont;s:1") == "T05thread:1;")
      #expect(run.client.register("rip") == Self.beforePrint + 5)
      #expect(run.client.ask("Z0,\(place),1") == "OK")
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, Self.hello))
    }

    @Test("a hardware breakpoint stops the guest", arguments: modes)
    func hardwareBreakpoint(_ options: [String]) throws {
      // The other backend's emulator has no debug registers: a breakpoint in memory takes their place,
      // where that stops a guest (``BreakpointSupport``).
      let usesRegisters = try HostProbe.findDebugRegisters(on: KVMSystem()) == .found(true)
      #expect(usesRegisters || isEmulated)
      guard usesRegisters || !options.contains("--irqchip") else { return }
      let run = try DebuggedRun("hello", options)
      let place = String(Self.beforePrint, radix: 16)
      #expect(run.client.ask("Z1,\(place),1") == "OK")
      #expect(run.client.stop("vCont;c") == "T05thread:1;hwbreak:;")
      #expect(run.client.register("rip") == Self.beforePrint)
      for other in 1...2 { #expect(run.client.ask("Z1,\(other),1") == "OK") }
      #expect(run.client.ask("Z1,3,1") == (usesRegisters ? "E01" : "OK"))
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, Self.hello))
    }

    @Test("a watchpoint stops the guest behind the instruction that writes")
    func watchpoint() throws {
      let run = try DebuggedRun("gtick", ["--clock", "virtual"], arguments: ["3"])
      // The interrupt line of the virtual timer, as the vCPU sees it.
      #expect(run.client.ask("Z2,ffffffff56500000,4") == "OK")
      #expect(run.client.stop("vCont;c")?.contains("watch:ffffffff56500000;") == true)
      #expect(run.client.ask("mffffffff56500000,4") == "00000100")
      #expect(run.client.stop("vCont;c")?.contains("watch:ffffffff56500000;") == true)
      #expect(run.client.ask("mffffffff56500000,4") == "00000000")
      for kind in [3, 4] { #expect(run.client.ask("Z\(kind),1000,4") == "") }
      #expect(run.client.ask("D") == "OK")
      #expect(run.end().status == 0)
    }

    @Test(
      "how a guest ends is told before it does, where there is something to look at",
      arguments: [
        ("hello", nil, "W00", 0), ("triple-fault", "T0bthread:1;", "W64", 100),
        ("dead-halt", "T06thread:1;", "W65", 101), ("bad-instruction", "T04thread:1;", "W66", 102),
      ] as [(String, String?, String, Int32)])
    func ends(_ guest: String, _ stop: String?, _ end: String, _ status: Int32) throws {
      // The other backend knows the instruction.
      guard !isEmulated || guest != "bad-instruction" else { return }
      let run = try DebuggedRun(guest)
      if let stop {
        #expect(run.client.stop("vCont;c") == stop)
        #expect(run.client.register("rip") != nil)
      }
      #expect(run.client.stop("vCont;c") == end)
      #expect(run.end().status == status)
    }

    @Test("Ctrl-C stops a guest that does not stop by itself", arguments: modes)
    func interrupt(_ options: [String]) throws {
      let run = try DebuggedRun("spin", options + ["--cpus", "2"])
      for _ in 0..<3 {
        run.client.send("vCont;c")
        run.client.send(raw: [3])
        #expect(run.client.reply() == "T02thread:1;")
        #expect(run.client.register("rip") != nil)
      }
      run.client.send("k")
      #expect(run.child.wait() == 137)
    }

    @Test("monitor commands show what the devices hold")
    func monitor() throws {
      let run = try DebuggedRun("gtick", ["--clock", "virtual"], arguments: ["2"])
      #expect(run.client.ask("Z2,ffffffff56500000,4") == "OK")
      _ = run.client.stop("vCont;c")
      func text(_ command: String) -> String {
        let reply = run.client.ask("qRcmd," + Hexadecimal.text(command.utf8)) ?? ""
        return String(decoding: Hexadecimal.bytes(reply.utf8) ?? [], as: UTF8.self)
      }
      #expect(text("timers").contains("virtual CTL 0x5"))
      #expect(text("timers").contains("vCPU 0 lines: 0x10000"))
      #expect(text("gic").contains("line 0x8000000"))
      #expect(text("exits").contains("hlt"))
      #expect(text("nonsense").hasPrefix("there is no monitor nonsense\nmonitor timers"))
      #expect(text("help").hasPrefix("monitor timers") && text("") == text("help"))
      run.client.send("k")
      #expect(run.child.wait() == 137)
    }

    @Test("a vCPU is stepped while another stands still, or runs")
    func threads() throws {
      let run = try DebuggedRun("smp-gtick", ["--cpus", "2"], arguments: ["5"])
      #expect(run.client.ask("qfThreadInfo") == "m1,2")
      #expect(run.client.stop("vCont;s:1") == "T05thread:1;")
      #expect(run.client.stop("vCont;s:2;c") == "T05thread:2;")
      let place = run.client.register("rip")
      for _ in 0..<5 { #expect(run.client.stop("vCont;s:1") == "T05thread:1;") }
      #expect(run.client.ask("Hg2") == "OK")
      #expect(run.client.register("rip") == place)
      #expect(run.client.ask("T3") == "E01")
      #expect(run.client.ask("D") == "OK")
      #expect(run.end().status == 0)
    }
  }
}
