import CTestSupport
import Glibc
import TestSupport
import Testing

extension LiveWaiting {
  /// The command as a job of a shell that has a terminal.
  @Suite(
    "Job control", .requiresKVM,
    .enabled("there is no bash", { access("/bin/bash", X_OK) == 0 }), .timeLimit(.minutes(2)))
  struct JobControlTests {
    /// A shell, and the end of its terminal where keys come from.
    private final class Session {
      let keys: Int32
      let screen: Int32
      let shell: Child
      private var text = ""

      init() throws {
        var path = [CChar](repeating: 0, count: 64)
        keys = test_open_terminal(&path, path.count)
        try #require(keys >= 0)
        screen = open(path, O_RDWR | O_NOCTTY)
        let name = String(decoding: path.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        shell = try Child(
          ["--norc", "--noprofile", "--noediting", "-i"], terminal: name, program: "/bin/bash",
          isWired: true)
        // What a command prints is told from the echo of the command: the echo has the quotes.
        try run(
          "PS1=; export SWIFT_BACKTRACE=enable=no; SWVMM='\(swvmm)'; echo 're''ady'", until: "ready"
        )
      }

      deinit {
        shell.send(SIGKILL)
        _ = shell.wait()
        close(keys)
        close(screen)
      }

      func type(_ text: String) { write(keys, text, text.utf8.count) }

      /// Types a line, and waits until the screen shows something.
      ///
      /// - Returns: What it showed before.
      @discardableResult
      func run(_ line: String, until expected: String) throws -> String {
        type(line + "\n")
        return try see(expected)
      }

      /// Waits for a text on the screen, and passes over what is before its end.
      @discardableResult
      func see(_ expected: String) throws -> String {
        var passed = ""
        try wait(for: "\(expected) on the screen") {
          var entry = pollfd(fd: keys, events: Int16(POLLIN), revents: 0)
          var bytes = [UInt8](repeating: 0, count: 4096)
          if poll(&entry, 1, 20) == 1, case let count = read(keys, &bytes, 4096), count > 0 {
            text += String(decoding: bytes[..<count], as: UTF8.self)
          }
          guard let found = text.firstRange(of: expected) else { return false }
          passed = String(text[..<found.lowerBound])
          text = String(text[found.upperBound...])
          return true
        }
        return passed
      }

      func wait(for what: String, _ isSo: () -> Bool) throws {
        let deadline = time(nil) + 20
        while !isSo() {
          guard time(nil) < deadline else {
            Issue.record("waited for \(what); the screen: \(text)")
            throw Timeout()
          }
          usleep(5000)
        }
      }

      struct Timeout: Error {}

      /// Whether keys are echoed by the terminal.
      var echoes: Bool {
        var settings = termios()
        tcgetattr(screen, &settings)
        return settings.c_lflag & tcflag_t(ECHO) != 0
      }

      func waitUntilEchoing(_ echoing: Bool) throws {
        try wait(for: "echo \(echoing)") { echoes == echoing }
      }

      /// Starts a job, and names its process.
      func start(_ line: String) throws -> pid_t {
        // A foreground job says who it is, and becomes the command; of a background job the shell says it.
        try run(
          line.hasSuffix("&")
            ? "$SWVMM \(line) echo 'jo''b='$!." : "(echo 'jo''b='$BASHPID.; exec $SWVMM \(line))",
          until: "job=")
        var job: pid_t?
        try wait(for: "a process") {
          _ = try? see("")
          let digits = text.prefix { $0.isNumber }
          if text.dropFirst(digits.count).hasPrefix(".") { job = pid_t(digits) }
          return job != nil
        }
        return try #require(job)
      }

      /// What /proc says of a process: R, S, T, or nil once it is gone.
      func state(_ process: pid_t) -> Character? {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        guard fgets(&line, 512, file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        return text[end...].dropFirst(2).first
      }

      func waitUntilStopped(_ process: pid_t) throws {
        try wait(for: "a stop") { state(process) == "T" }
      }

      func waitUntilGone(_ process: pid_t) throws {
        try wait(for: "the end of \(process)") { state(process).map { $0 == "Z" } ?? true }
      }

      /// One key is echoed once, by the guest; Ctrl-D ends the guest.
      func expectKeys(of job: pid_t) throws {
        type("xyz")
        try see("xyz")
        type("\u{4}")
        try waitUntilGone(job)
        try run("echo 'sta''tus' $?", until: "status 0")
      }
    }

    @Test("Enter ends a line on the screen, and a message begins one")
    func lines() throws {
      let session = try Session()
      let job = try session.start("run echo --timeout 60")
      try session.waitUntilEchoing(false)
      session.type("one\rtwo")
      try session.see("one\r\ntwo")
      kill(job, SIGINT)
      try session.see("\r\nswvmm: ended by SIGINT")
      try session.waitUntilGone(job)
    }

    @Test("long work says on a terminal how far it is, unless it is to be quiet")
    func status() throws {
      let session = try Session()
      for (words, line) in [
        ("regress mips-freeze", "1 of "), ("explore count-compare-cause", "count-compare-cause: "),
        ("measure --count 20 --no-comparison", "1 of 1, 0 s left: count-compare"),
        ("torture tsc", "1 of 1: tsc"),
        ("torture replay tsc:exit4:natural:rest0:get-t:set-t:same --times 2", "1 of 2: tsc:exit4:"),
        ("torture --inject nmi hello", "hello: boundary 1"),
      ] {
        let shown = try session.run("$SWVMM \(words); echo 'do''ne'", until: "done")
        #expect(shown.contains("\r\(line)") && shown.contains("\r\u{1b}[K"), "\(shown)")
        let quiet = try session.run("$SWVMM \(words) --quiet; echo 'do''ne'", until: "done")
        #expect(!quiet.contains("\u{1b}[K"), "\(quiet)")
        let piped = try session.run("$SWVMM \(words) 2>&1 | cat; echo 'do''ne'", until: "done")
        #expect(!piped.contains("\u{1b}[K"), "\(piped)")
      }
    }

    @Test("the line of long work is no longer than a line of the terminal")
    func narrow() throws {
      let session = try Session()
      let shown = try session.run(
        "stty cols 12; $SWVMM regress mips-freeze; stty cols 80; echo 'do''ne'", until: "done")
      let lines = shown.split(separator: "\r").filter {
        $0.hasSuffix("\u{1b}[K") && $0.first != "\u{1b}"
      }
      #expect(!lines.isEmpty && lines.allSatisfy { $0.count == 11 + 3 }, "\(lines)")
    }

    @Test("Ctrl-Z stops with the terminal as it was, bg leaves it alone, fg takes it again")
    func controlZ() throws {
      let session = try Session()
      let job = try session.start("run echo --timeout 60")
      try session.waitUntilEchoing(false)
      for _ in 0..<3 {
        session.type("\u{1a}")
        try session.waitUntilStopped(job)
        try session.waitUntilEchoing(true)
        try session.run("bg; echo 'ba''ck'", until: "back")
        #expect(session.echoes)
        try session.wait(for: "a run that waits") { session.state(job) == "S" }
        session.type("fg\n")
        try session.waitUntilEchoing(false)
      }
      try session.expectKeys(of: job)
      #expect(session.echoes)
    }

    @Test(
      "a job that is started in the background takes the terminal when it is brought to the front")
    func background() throws {
      let session = try Session()
      let job = try session.start("run echo --timeout 60 &")
      // Until the guest listens, and the run has seen that the terminal is another's.
      try session.run("sleep 0.3; echo 'ba''ck'", until: "back")
      #expect(session.echoes)
      session.type("fg\n")
      try session.waitUntilEchoing(false)
      try session.expectKeys(of: job)
    }

    @Test("after SIGSTOP from elsewhere fg takes the terminal again")
    func stopped() throws {
      let session = try Session()
      let job = try session.start("run echo --timeout 60")
      try session.waitUntilEchoing(false)
      kill(job, SIGSTOP)
      try session.waitUntilStopped(job)
      try session.run("echo 'ba''ck'", until: "back")
      session.type("fg\n")
      try session.waitUntilEchoing(false)
      try session.expectKeys(of: job)
    }

    @Test(
      "in the background the end of a run touches no terminal, by its time limit or a signal",
      arguments: [nil, SIGTERM, SIGINT])
    func endsInBackground(signal: Int32?) throws {
      let session = try Session()
      let job = try session.start("run echo --timeout \(signal == nil ? 2 : 60)")
      try session.waitUntilEchoing(false)
      // Stopped before it could give the terminal back: only bash does.
      kill(job, SIGSTOP)
      try session.waitUntilStopped(job)
      try session.run("bg; echo 'ba''ck'", until: "back")
      if let signal { kill(job, signal) }
      try session.waitUntilGone(job)
      #expect(session.echoes)
    }

    @Test("SIGTSTP in the background stops like any job's, and one fg continues it")
    func stopsInBackground() throws {
      let session = try Session()
      let job = try session.start("run echo --timeout 60")
      try session.waitUntilEchoing(false)
      kill(job, SIGSTOP)
      try session.waitUntilStopped(job)
      try session.run("bg; echo 'ba''ck'", until: "back")
      kill(job, SIGTSTP)
      try session.waitUntilStopped(job)
      session.type("fg\n")
      try session.waitUntilEchoing(false)
      try session.expectKeys(of: job)
    }

    @Test(
      "where the terminal wants no output from the background it waits, and the run ends in time")
    func tostop() throws {
      let session = try Session()
      session.type("stty tostop\n")
      let held = try session.start("run hello --timeout 2 </dev/null &")
      try session.waitUntilGone(held)
      let shown = try session.start("run hello --timeout 60 </dev/null &")
      session.type("fg\n")
      try session.see("hello from a guest of swvmm")
      try session.waitUntilGone(shown)
    }

    @Test("a terminal that is held up by Ctrl-S holds up no time limit")
    func controlS() throws {
      let session = try Session()
      let job = try session.start("run spin --timeout 2 </dev/null")
      session.type("\u{13}")
      let other = try Session()
      try other.waitUntilGone(job)
      session.type("\u{11}")
    }
  }
}
