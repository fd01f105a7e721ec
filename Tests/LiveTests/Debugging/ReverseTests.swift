import GDBProtocol
import Glibc
import TestSupport
import Testing

extension LiveUntimed {
  /// A guest in virtual time that is brought back.
  @Suite("Going back", .requiresKVM)
  struct ReverseTests {
    static let virtual = ["--clock", "virtual"]

    /// Registers that say where a vCPU is; not its lines, which may change while it is halted.
    private func place(_ client: DebugClient) -> [UInt64] {
      ["rip", "rsp", "rax", "rcx", "eflags"].map { client.register($0) ?? 0 }
    }

    @Test(
      "every step back leads to the instant before",
      arguments: [("gtick", 1, ["3"]), ("smp-gtick", 2, ["2"]), ("hello", 1, [])])
    func steps(_ guest: String, _ cpus: Int, _ arguments: [String]) throws {
      let run = try DebuggedRun(
        guest, Self.virtual + ["--cpus", "\(cpus)"], arguments: arguments)
      var places = [place(run.client)]
      let count = isEmulated ? 60 : isThorough ? 220 : 120
      while places.count < count, let stop = run.client.stop("vCont;s:1;c") {
        places.append(place(run.client))
        if stop != "T05thread:1;" { break }
      }
      #expect(places.count > 30)
      while places.count > 1 {
        places.removeLast()
        #expect(run.client.stop("bs") == "T05thread:1;")
        let now = place(run.client)
        guard now == places.last else {
          Issue.record("\(places.count - 1) steps from the start: \(now), not \(places.last ?? [])")
          break
        }
      }
      #expect(run.client.stop("bs") == "T05thread:1;replaylog:begin;")
      run.client.send("k")
      #expect(run.child.wait() == 137)
    }

    @Test("what was stepped, brought back and run again is the run without a debugger")
    func trace() throws {
      let folder = TemporaryFolder()
      let (plain, debugged) = (folder.path + "/plain", folder.path + "/debugged")
      let expected = shell("$SWVMM run gtick --clock virtual --trace \(plain) -- 5")
      let run = try DebuggedRun("gtick", Self.virtual + ["--trace", debugged], arguments: ["5"])
      for _ in 0..<120 { _ = run.client.stop("vCont;s:1;c") }
      for _ in 0..<40 { _ = run.client.stop("bs") }
      for _ in 0..<60 { _ = run.client.stop("vCont;s:1;c") }
      #expect(run.client.stop("vCont;c") == "T05thread:1;replaylog:end;")
      #expect(run.client.stop("bc") == "T05thread:1;replaylog:begin;")
      #expect(run.client.stop("vCont;c") == "T05thread:1;replaylog:end;")
      #expect(run.client.stop("vCont;c") == "W00")
      let (status, output) = run.end()
      #expect(status == 0 && output == expected.output)
      let compared = shell("cmp \(plain) \(debugged)")
      #expect(compared.status == 0, "\(compared)")
    }

    @Test("from the end the way back leads to the last breakpoint, and to those before it")
    func breakpoints() throws {
      let run = try DebuggedRun("gtick", Self.virtual, arguments: ["5"])
      // The handler's first instruction, before the loop that halts.
      let handler: UInt64 = 0x100292
      #expect(run.client.stop("vCont;c") == "T05thread:1;replaylog:end;")
      #expect(run.client.ask("Z0,\(String(handler, radix: 16)),1") == "OK")
      for _ in 0..<5 {
        #expect(run.client.stop("bc") == "T05thread:1;swbreak:;")
        #expect(run.client.register("rip") == handler)
      }
      #expect(run.client.stop("bc") == "T05thread:1;replaylog:begin;")
      // And forward again, to the same ones.
      for _ in 0..<5 {
        #expect(run.client.stop("vCont;c") == "T05thread:1;swbreak:;")
        #expect(run.client.ask("z0,\(String(handler, radix: 16)),1") == "OK")
        #expect(run.client.stop("vCont;s:1") == "T05thread:1;")
        #expect(run.client.ask("Z0,\(String(handler, radix: 16)),1") == "OK")
      }
      run.client.send("k")
      #expect(run.child.wait() == 137)
    }

    @Test("from a breakpoint, where no step was counted, the way back is as exact")
    func uncounted() throws {
      let run = try DebuggedRun("gtick", Self.virtual, arguments: ["5"])
      #expect(run.client.ask("Z0,100292,1") == "OK")
      for _ in 0..<3 {
        #expect(run.client.stop("vCont;c") == "T05thread:1;swbreak:;")
        #expect(run.client.ask("z0,100292,1") == "OK")
        let there = place(run.client)
        #expect(run.client.stop("bs") == "T05thread:1;")
        #expect(run.client.stop("vCont;s:1") == "T05thread:1;")
        #expect(place(run.client) == there)
        #expect(run.client.stop("vCont;s:1") == "T05thread:1;")
        #expect(run.client.ask("Z0,100292,1") == "OK")
      }
      run.client.send("k")
      #expect(run.child.wait() == 137)
    }

    @Test("where an interrupt line went low, with a bug of the museum, is one command")
    func lines() throws {
      let run = try DebuggedRun(
        "level", Self.virtual + ["--cpus", "2", "--bug", "gic-icpendr-clears-level"])
      #expect(run.client.stop("vCont;c") == "T05thread:1;replaylog:end;")
      #expect(run.client.ask("Z2,ffffffff56500000,4") == "OK")
      #expect(run.client.stop("bc")?.contains("watch:ffffffff56500000;") == true)
      #expect(run.client.ask("mffffffff56500000,4") == "00000100", "before it went low")
      let fall = place(run.client)
      #expect(run.client.stop("bc")?.contains("watch:ffffffff56500000;") == true)
      #expect(run.client.ask("mffffffff56500000,4") == "00000000", "before it went high")
      #expect(run.client.stop("vCont;c")?.contains("watch:ffffffff56500000;") == true)
      #expect(run.client.stop("vCont;c")?.contains("watch:ffffffff56500000;") == true)
      #expect(run.client.stop("bs") == "T05thread:1;")
      #expect(place(run.client) == fall)
      run.client.send("k")
      #expect(run.child.wait() == 137)
    }

    @Test("what a client changes makes another run, whose beginning it is")
    func changes() throws {
      let run = try DebuggedRun("hello", Self.virtual)
      for _ in 0..<3 { #expect(run.client.stop("vCont;s:1") == "T05thread:1;") }
      #expect(run.client.ask("M1000df,5:" + Hexadecimal.text("HELLO".utf8)) == "OK")
      #expect(run.client.stop("bs") == "T05thread:1;replaylog:begin;")
      #expect(run.client.register("rip") == 0x1000cf)
      #expect(run.client.stop("vCont;c") == "T05thread:1;replaylog:end;")
      #expect(run.client.stop("bc") == "T05thread:1;replaylog:begin;")
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, "HELLO from a guest of swvmm\n"))
    }

    @Test("at the host's time there is no way back")
    func hostTime() throws {
      let run = try DebuggedRun("hello")
      #expect(run.client.ask("bs") == "")
      #expect(run.client.ask("qSupported")?.contains("Reverse") == false)
      #expect(run.client.ask("D") == "OK")
      #expect(run.end().status == 0)
    }
  }
}
