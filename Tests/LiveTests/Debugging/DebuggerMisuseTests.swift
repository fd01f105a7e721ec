import GDBProtocol
import Glibc
import TestSupport
import Testing

extension LiveUntimed {
  /// Clients that do what they should not.
  @Suite("Debugger's clients", .requiresKVM)
  struct DebuggerMisuseTests {
    @Test("without a client the run ends at its limit, or by a signal", arguments: [0, 1])
    func noClient(_ virtual: Int) throws {
      let folder = TemporaryFolder()
      let clock = virtual == 0 ? "host" : "virtual"
      let result = shell(
        "$SWVMM run hello --clock \(clock) --gdb unix:\(folder.path)/s --timeout 0.3")
      #expect(result.status == 124, "\(result)")
      #expect(
        result.errors.hasSuffix(
          "swvmm: no debugger connected to \(folder.path)/s within the time limit "
            + "(--timeout, or --host-timeout)\n"), "\(result)")
      #expect(access(folder.path + "/s", F_OK) != 0, "the socket is left")
    }

    @Test("a client that says nothing changes nothing", arguments: [SIGINT, SIGTERM])
    func silence(_ signal: Int32) throws {
      let run = try DebuggedRun("hello")
      run.child.send(signal)
      #expect(run.child.wait() == 128 + signal)
    }

    @Test(
      "a client that leaves, at whatever point, leaves a guest that runs on",
      arguments: ["", "+", "$", "$m1000", "$m100000,4#", "$m100000,4#9", "$g#00", "$vCont;s:1#00"])
    func leaving(_ bytes: String) throws {
      let run = try DebuggedRun("hello")
      run.client.send(raw: Array(bytes.utf8))
      run.client.leave()
      #expect(run.end() == (0, DebuggerTests.hello))
    }

    @Test("a client that leaves a running guest takes its breakpoints with it")
    func leavingWhileRunning() throws {
      let run = try DebuggedRun("gtick", arguments: ["300"])
      // An instruction that is executed last.
      #expect(run.client.ask("Z0,100461,1") == "OK")
      run.client.send("vCont;c")
      run.client.leave()
      let (status, output) = run.end()
      #expect(status == 0 && output.contains("ticks: 300\n"))
    }

    @Test("noise is passed over, and a flood of it ends the session")
    func noise() throws {
      let run = try DebuggedRun("hello")
      var random = SplitMix64(seed: 7)
      for _ in 0..<50 {
        // Without the byte that begins a packet: what follows one would have to be a request by chance.
        let bytes = (0..<1000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        run.client.send(raw: bytes.filter { $0 != UInt8(ascii: "$") && $0 != UInt8(ascii: "-") })
      }
      #expect(run.client.ask("m100000,4") == "7f454c46")
      run.client.send("vCont;c")
      #expect(run.client.stop("?") == "W00")
      #expect(run.end() == (0, DebuggerTests.hello))

      let flooded = try DebuggedRun("spin")
      flooded.client.send("vCont;c")
      #expect(flooded.child.readLine() == "spinning\n")
      for _ in 0..<100 where flooded.client.send(raw: Packet("g").bytes + Packet("g").bytes) {}
      flooded.client.send(
        raw: (0..<2000).flatMap { _ in Packet("?").bytes })
      flooded.child.send(SIGTERM)
      #expect(flooded.child.wait() == 128 + SIGTERM)
    }

    @Test("a packet with a wrong checksum is asked for again, and not carried out")
    func checksum() throws {
      let run = try DebuggedRun("hello")
      run.client.send(raw: Array("$k#00".utf8))
      #expect(run.client.ask("?") == "T05thread:1;")
      #expect(run.client.ask("QStartNoAckMode") == "OK")
      run.client.send(raw: Array("$k#00".utf8))
      #expect(run.client.ask("?") == "T05thread:1;")
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, DebuggerTests.hello))
    }

    @Test("numbers that are too large for anything are refused, or cut to what there is")
    func numbers() throws {
      let run = try DebuggedRun("hello")
      for request in [
        "m0,10000000000000000", "mffffffffffffffff,10", "mffffffffffffffff,ffffffffffffffff",
        "Mffffffffffffffff,1:00", "M1ffffff,2:0000", "Z0,ffffffffffffffff,1",
        "Z2,0,ffffffffffffffff",
        "p7fffffffffffffff", "pffffffffffffffff", "P7fffffffffffffff=00", "G00", "Hg7fff", "T7fff",
        "qThreadExtraInfo,7fff", "vCont;s:7fff",
      ] { #expect(run.client.ask(request) == "E01", "\(request)") }
      #expect(run.client.ask("m100000,ffffffffffffffff")?.utf8.count == PacketReader.payloadMax)
      #expect(
        run.client.ask("qXfer:features:read:target.xml:ffffffffffffffff,ffffffffffffffff") == "l")
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, DebuggerTests.hello))
    }

    @Test("a second client is turned away")
    func secondClient() throws {
      let run = try DebuggedRun("hello")
      #expect(run.client.ask("?") == "T05thread:1;")
      let isAlone = run.isAlone
      #expect(isAlone)
      #expect(run.client.ask("D") == "OK")
      #expect(run.end() == (0, DebuggerTests.hello))
    }

    @Test("a client that reads no answers is given up, and the guest runs on")
    func unread() throws {
      let run = try DebuggedRun("hello")
      var count = 0
      while count < 20_000, run.client.send(raw: Packet("g").bytes) { count += 1 }
      #expect(count < 20_000)
      #expect(run.end() == (0, DebuggerTests.hello))
    }

    @Test("addresses that are none, or taken, are refused in a line")
    func addresses() {
      for word in ["1234", "tcp:", "tcp:65536", "tcp:-1", "udp:1", "unix"] {
        #expect(shell("$SWVMM run hello --gdb \(word)").status == 64, "\(word)")
      }
      let taken = shell("touch s; $SWVMM run hello --gdb unix:s")
      #expect(taken.status == 71 && taken.hasOneLineOfComplaint, "\(taken)")
      let long = shell("$SWVMM run hello --gdb unix:\(String(repeating: "x", count: 200))")
      #expect(long.status == 71 && long.hasOneLineOfComplaint, "\(long)")
    }

    @Test("a checkpoint that is written meanwhile has no breakpoints")
    func checkpoint() throws {
      let folder = TemporaryFolder()
      let file = folder.path + "/snap"
      let run = try DebuggedRun("spin", ["--checkpoint-on", "SIGUSR1", file])
      let code = try #require(run.client.ask("m1000c0,20"))
      for place in 0..<8 {
        #expect(run.client.ask("Z0,\(String(0x1000c0 + 4 * place, radix: 16)),1") == "OK")
      }
      // The guest's instructions are elsewhere now, so that it does not come by.
      for place in 1..<8 { _ = run.client.ask("z0,\(String(0x1000c0 + 4 * place, radix: 16)),1") }
      run.client.send("vCont;c")
      #expect(run.child.readLine() == "spinning\n")
      run.child.send(SIGUSR1)
      #expect(run.child.wait() == 0)
      let bytes = try #require(Hexadecimal.bytes(code.utf8))
      #expect(bytesOfFile(file).firstRange(of: bytes) != nil)
    }

    private func bytesOfFile(_ path: String) -> [UInt8] {
      guard let file = fopen(path, "r") else { return [] }
      defer { fclose(file) }
      var bytes: [UInt8] = []
      while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(byte)) }
      return bytes
    }
  }
}
