import CLinuxHost
import CTestSupport
import Glibc
import GuestImages
import JSON
import KVM
import LinuxHost
import Measurement
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// Signals and the terminal.
  @Suite("Signals", .requiresKVM, .timeLimit(.minutes(2)))
  struct SignalTests {
    @Test(
      "a signal ends a run with 128 and its number",
      arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT], IRQChip.allCases)
    func signals(number: Int32, controller: IRQChip) throws {
      let child = try Child(["run", "spin", "--irqchip", controller.rawValue, "--timeout", "50"])
      // The guest prints before it spins, so it runs by the time this returns.
      #expect(child.readLine() == "spinning\n")
      child.send(number)
      #expect(child.wait() == 128 + number)
    }

    @Test("how a child ended is known also where SIGCHLD was ignored")
    func ignoredChildren() {
      let adapter = shell("env --ignore-signal=CHLD $SWVMM device check true")
      #expect(adapter.status == 65)
      #expect(adapter.errors == "swvmm: adapter 'true' exited with status 0\n")
      let torture = shell(
        "env --ignore-signal=CHLD $SWVMM torture --via checkpoint --shard 1/100 --json nmi")
      #expect(torture.status == 0, "\(torture.errors)")
    }

    @Test("a signal ends a run in virtual time that counts its exits")
    func signalInVirtualTime() throws {
      let child = try Child(["run", "spin", "--clock", "virtual", "--stats"])
      #expect(child.readLine() == "spinning\n")
      child.send(SIGTERM)
      #expect(child.wait() == 128 + SIGTERM)
    }

    @Test("SIGUSR1 saves the machine from the first instant on, and is never deadly")
    func userSignals() throws {
      for _ in 0..<repetitions(20) {
        let folder = TemporaryFolder()
        let early = try Child(
          ["run", "gtick", "--snapshot-on", "SIGUSR1", folder.path + "/early", "--", "300", "1000"])
        try early.waitForHandler(of: SIGUSR1)
        early.send(SIGUSR1)
        #expect(early.wait() == 0)
        #expect(access(folder.path + "/early", R_OK) == 0)
      }
      let folder = TemporaryFolder()
      let guest = ["--", "50", "1000"]
      for _ in 0..<repetitions(10) {
        // Until it has ended: one comes after the last exit of the guest.
        let stormy = try Child(
          ["run", "gtick", "--keep-running", "--snapshot-on", "SIGUSR1", folder.path + "/storm"]
            + guest)
        try stormy.waitForHandler(of: SIGUSR1)
        var status: Int32?
        while status == nil {
          stormy.send(SIGUSR1)
          usleep(300)
          status = stormy.poll()
        }
        #expect(status == 0)
      }
    }

    @Test("where nothing is to be saved SIGUSR1 is nothing, and nohup's SIGHUP stays ignored")
    func ignored() throws {
      let child = try Child(["run", "spin", "--timeout", "50"])
      #expect(child.readLine() == "spinning\n")
      child.send(SIGUSR1)
      child.send(SIGTERM)
      #expect(child.wait() == 128 + SIGTERM)
      let result = shell(
        "trap '' HUP; \"$SWVMM\" run spin --timeout 1 & sleep 0.5; kill -HUP $!; wait $!")
      #expect(result.status == 124)
    }

    @Test("a signal ends a campaign, with what was measured by then, marked as partial")
    func campaign() throws {
      let child = try Child([
        "measure", "--timer", "count-compare", "generic", "--wait", "block", "adaptive", "--count",
        "200000", "--period", "100", "--json",
      ])
      try child.waitForHandler(of: SIGINT)
      // 512 records are handed over at a time.
      usleep(1_500_000)
      child.send(SIGINT)
      var text = ""
      while case let part = child.read(4096), !part.isEmpty { text += part }
      #expect(child.wait() == 128 + SIGINT)
      let result = try MeasurementResult(JSONNode(parsing: Array(text.utf8)))
      #expect(result.isPartial)
      #expect(result.series.count == 1)
      #expect(result.text.contains("This result is partial"))
      #expect(result.html.contains("This result is partial"))
    }

    @Test(
      "a signal ends a search or a catalogue with the results so far",
      arguments: [
        ["explore", "generic-timer", "--depth", "100"],
        ["explore", "generic-timer", "--walk", "1", "--timeout", "100"], ["regress"],
        ["regress", "--live", "--format", "tap"],
      ])
    func search(words: [String]) throws {
      let child = try Child(words)
      try child.waitForHandler(of: SIGTERM)
      usleep(300_000)
      child.send(SIGTERM)
      var text = ""
      while case let part = child.read(4096), !part.isEmpty { text += part }
      #expect(child.wait() == 128 + SIGTERM)
      #expect(text.contains("interrupted"))
    }

    /// Descriptor 3 becomes a pipe that is full, and `$reader` who does not read it.
    private static let fullPipe = """
      mkfifo full
      sleep 60 <full & reader=$!
      exec 3>full
      dd if=/dev/zero bs=4096 count=64 oflag=nonblock >&3 2>/dev/null
      """

    @Test(
      "a reader that does not read holds up neither the time limit nor a signal",
      arguments: ["1>&3", "2>&3", ">&3 2>&3", "--json >&3 2>&3", "--stats 2>&3"])
    func fullPipe(outputs: String) throws {
      let command = """
        \(Self.fullPipe)
        "$SWVMM" run spin --timeout 0.5 \(outputs) & limited=$!
        "$SWVMM" run spin --timeout 50 \(outputs) & sleep 0.5; kill $!; wait $!; signalled=$?
        wait $limited; echo $? $signalled
        kill $reader
        """
      let lines = shell(command).output.split(separator: "\n")
      #expect(lines.filter { $0 != "spinning" } == ["124 143"])
    }

    /// Most of its time such a guest's vCPU handles an exit: a kick that comes then finds nothing to end.
    @Test("what a guest sent that does nothing but look for input is seen at once")
    func pollingGuest() throws {
      let folder = TemporaryFolder()
      // "r"; LSR again and again.
      let guest = folder.file(
        "guest", [0xba, 0xf8, 0x03, 0xb0, 0x72, 0xee, 0xba, 0xfd, 0x03, 0xec, 0xeb, 0xfd])
      for _ in 0..<(isThorough ? 100 : 30) {
        let child = try Child(["run", guest, "--timeout", "5"])
        #expect(child.read(1) == "r")
        kill(child.process, SIGTERM)
        #expect(child.wait() == 143)
      }
    }

    @Test("a guest that shrinks its receiver while input is waited for gets it all")
    func shrinkingReceiver() throws {
      let folder = TemporaryFolder()
      // FCR = 1, LSR; a while; FCR = 0, "r"; five bytes, each when LSR says so, and back; exit 0.
      let guest = folder.file(
        "guest",
        [
          0xba, 0xfa, 0x03, 0xb0, 0x01, 0xee, 0xba, 0xfd, 0x03, 0xec,
          0x66, 0xb9, 0x40, 0x0d, 0x03, 0x00, 0x66, 0x49, 0x75, 0xfc,
          0xba, 0xfa, 0x03, 0x30, 0xc0, 0xee, 0xba, 0xf8, 0x03, 0xb0, 0x72, 0xee, 0xb3, 0x05,
          0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf8, 0xba, 0xf8, 0x03, 0xec, 0xee,
          0xfe, 0xcb, 0x75, 0xef, 0xb0, 0x00, 0xe6, 0xf4, 0xf4,
        ])
      let fifo = folder.path + "/fifo"
      try #require(mkfifo(fifo, 0o600) == 0)
      let writer = open(fifo, O_RDWR)
      defer { close(writer) }
      let child = try Child(["run", guest, "--timeout", "20"], terminal: fifo)
      #expect(child.read(1) == "r")
      write(writer, "hello", 5)
      #expect(child.read(5) == "hello")
      #expect(child.wait() == 0)
    }

    @Test("of two runs that share their input neither is held up by the other")
    func twoReaders() throws {
      let folder = TemporaryFolder()
      let fifo = folder.path + "/fifo"
      try #require(mkfifo(fifo, 0o600) == 0)
      let writer = open(fifo, O_RDWR)
      defer { close(writer) }
      let children = try (0..<4).map { _ in
        try Child(["run", "echo", "--timeout", "2"], terminal: fifo)
      }
      for _ in 0..<20 {
        usleep(50_000)
        write(writer, "x", 1)
      }
      for child in children { #expect(child.wait() == 124) }
    }

    @Test("a checkpoint that cannot be written is reported, and the run continues")
    func failingCheckpoint() throws {
      // Room for what is printed, and not for a checkpoint.
      let folder = TemporaryFolder()
      let command = "ulimit -f 8; \"$SWVMM\" run gtick --snapshot-on exit=20 \(folder.path)/x"
      let result = shell("\(command) --keep-running --json -- 5")
      #expect(result.status == 71)
      #expect(result.errors.contains("not saved: "))
      #expect(result.errors.contains("ticks: 5\n"))
      let json = try JSONNode(parsing: Array(result.output.utf8))
      #expect(json["failedCheckpoints"]?.value == JSONValue(1))
      #expect(json["guestExitCode"]?.value == JSONValue(0))
      #expect(shell("\(command) -- 5").status == 71)
    }

    @Test("a checkpoint beyond the limit on a file's size is one that cannot be written")
    func oversizedCheckpoint() throws {
      let folder = TemporaryFolder()
      let result = shell(
        """
        ulimit -f 64
        "$SWVMM" run fill --snapshot-on mark=1 "\(folder.path)/file" --keep-running -- 16 1
        """)
      #expect(result.status == 71)
      #expect(result.errors.contains("not saved: write of "))
    }

    @Test("a guest that marks in a loop is saved a few times, not each time")
    func marks() throws {
      let folder = TemporaryFolder()
      // 1000 times mark 1; exit 0.
      let guest = folder.file(
        "guest",
        [
          0xb9, 0xe8, 0x03, 0xba, UInt8(PLATFORM_LAB_MARK & 0xff), UInt8(PLATFORM_LAB_MARK >> 8),
          0x66, 0xb8, 0x01, 0x00, 0x00, 0x00, 0x66, 0xef, 0xe2, 0xfc, 0xb0, 0x00, 0xe6, 0xf4, 0xf4,
        ])
      let result = shell(
        "\"$SWVMM\" run \(guest) --snapshot-on mark=1 file --keep-running --json; test -s file")
      #expect(result.status == 0)
      let json = try JSONNode(parsing: Array(result.output.utf8))
      guard case .integer(let count)? = json["checkpoints"]?.value,
        case .integer(let duration)? = json["durationNanoseconds"]?.value
      else {
        Issue.record("no numbers: \(result.output)")
        return
      }
      #expect(json["marks"]?.value == JSONValue(1000))
      #expect(count >= 1 && count <= 1 + duration / 100_000_000)
    }

    @Test("a checkpoint that waits for a reader of the output says so")
    func waitingCheckpoint() throws {
      let result = shell(
        """
        \(Self.fullPipe)
        "$SWVMM" run spin --snapshot-on SIGUSR1 file --keep-running --timeout 4 >&3 2>errors &
        sleep 1; kill -USR1 $!; wait $!; cat errors; kill $reader
        """)
      #expect(result.output.contains("not saved yet"))
      #expect(result.output.contains("timed out"))
    }

    @Test("the terminal hands over keys one by one while a guest listens, and is put back after")
    func terminal() throws {
      try holdTerminal(endedBy: SIGTERM, status: 128 + SIGTERM)
    }

    @Test("a fault's signal that another process sends ends a run by that signal")
    func sentFault() throws {
      setenv("SWIFT_BACKTRACE", "enable=no", 1)
      defer { unsetenv("SWIFT_BACKTRACE") }
      for signal in [SIGSYS, SIGBUS] {
        let child = try Child(["run", "spin", "--timeout", "20"])
        #expect(child.readLine() == "spinning\n")
        child.send(signal)
        #expect(child.wait() == -signal)
      }
    }

    @Test("a lost page ends the program by a line where a terminal is held, too")
    func lostPage() {
      let hold: @convention(c) () -> Int32 = {
        var path = [CChar](repeating: 0, count: 64)
        guard setsid() >= 0, test_open_terminal(&path, path.count) >= 0 else { return 1 }
        guard dup2(open(path, O_RDWR | O_NOCTTY), 0) == 0 else { return 1 }
        chost_report_lost_pages("lost\n", 5)
        let terminal = Terminal(of: .input)
        guard terminal.hold() == .us else { return 1 }
        let file = fileno(tmpfile())
        guard ftruncate(file, 4096) == 0 else { return 1 }
        let page = mmap(nil, 4096, PROT_READ, MAP_SHARED, file, 0)
        guard ftruncate(file, 0) == 0 else { return 1 }
        return page?.load(as: UInt8.self) == 0 ? 0 : 1
      }
      var errors = [CChar](repeating: 0, count: 400)
      let status = test_call_in_child(hold, { 0 }, 39, 0, 0, 0, &errors, errors.count)
      #expect(status == 71 << 8)
      #expect(errors.prefix(6).map { UInt8(bitPattern: $0) } == Array("lost\n\0".utf8))
    }

    @Test("a terminal that controls no session of the program's is read like any")
    func foreignTerminal() throws {
      var path = [CChar](repeating: 0, count: 64)
      let master = test_open_terminal(&path, path.count)
      try #require(master >= 0)
      defer { close(master) }
      let name = String(decoding: path.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      let slave = open(name, O_RDWR | O_NOCTTY)
      defer { close(slave) }
      // The shell leads a session, so what it opens itself would become its terminal.
      let child = try Child(
        ["-c", "('\(swvmm)' run echo --timeout 20 <'\(name)'; exit $?); exit $?"],
        program: "/bin/sh")
      write(master, "x", 1)
      #expect(child.read(1) == "x")
      write(master, "\u{4}", 1)
      #expect(child.wait() == 0)
      var settings = termios()
      tcgetattr(slave, &settings)
      #expect(settings.c_lflag & tcflag_t(ICANON | ECHO) == tcflag_t(ICANON | ECHO))
    }

    @Test("a fault of the program's own puts the terminal back")
    func fault() throws {
      // Swift's own report of a crash would take seconds.
      setenv("SWIFT_BACKTRACE", "enable=no", 1)
      defer { unsetenv("SWIFT_BACKTRACE") }
      try holdTerminal(endedBy: SIGILL, status: -SIGILL)
    }

    @Test(
      "a signal that nobody takes puts the terminal back, and ends the run by its default action",
      arguments: [SIGUSR2, SIGXCPU, SIGVTALRM, SIGPWR, 64])
    func untaken(signal: Int32) throws {
      try holdTerminal(endedBy: signal, status: -signal)
    }

    private func holdTerminal(endedBy signal: Int32, status: Int32) throws {
      var path = [CChar](repeating: 0, count: 64)
      let master = test_open_terminal(&path, path.count)
      try #require(master >= 0)
      defer { close(master) }
      let name = String(decoding: path.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
      let slave = open(name, O_RDWR | O_NOCTTY)
      defer { close(slave) }
      func isBuffered() -> Bool {
        var settings = termios()
        tcgetattr(slave, &settings)
        return settings.c_lflag & tcflag_t(ICANON | ECHO) == tcflag_t(ICANON | ECHO)
      }
      #expect(isBuffered())
      let child = try Child(["run", "echo", "--timeout", "50"], terminal: name)
      write(master, "x", 1)
      #expect(child.read(1) == "x")
      #expect(!isBuffered())
      child.send(signal)
      #expect(child.wait() == status)
      #expect(isBuffered())
    }
  }
}
