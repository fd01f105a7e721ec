import CTestSupport
import Glibc
import KVM
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

    @Test("a signal ends a run in virtual time that counts its exits")
    func signalInVirtualTime() throws {
      let child = try Child(["run", "spin", "--clock", "virtual", "--stats"])
      #expect(child.readLine() == "spinning\n")
      child.send(SIGTERM)
      #expect(child.wait() == 128 + SIGTERM)
    }

    @Test("the terminal hands over keys one by one while a guest listens, and is put back after")
    func terminal() throws {
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
      child.send(SIGTERM)
      #expect(child.wait() == 128 + SIGTERM)
      #expect(isBuffered())
    }
  }
}
