import Glibc
import LinuxHost
import Testing

@Suite("Child processes")
struct ChildProcessTests {
  private func start(_ script: String, given bytes: [UInt8] = []) throws -> ChildProcess {
    try ChildProcess(running: "/bin/sh", ["sh", "-c", script], given: bytes)
  }

  private func contents(_ descriptor: borrowing OwnedDescriptor) throws -> String {
    var bytes: [UInt8] = []
    while case let more = try descriptor.read(upTo: 4096), !more.isEmpty { bytes += more }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test("its output, its errors and its status come back, and it finds what it is given")
  func streams() throws {
    var child = try start(
      "cat \(ChildProcess.givenFile); echo wrong >&2; cat; exit 7",
      given: [UInt8]("a text".utf8))
    let output = try contents(child.output)
    #expect(output == "a text")
    let errors = try contents(child.errors)
    #expect(errors == "wrong\n")
    let end = child.wait()
    #expect(end == .exited(7))
    let again = child.wait()
    #expect(again == end)
    // No signal goes to a number that may be another process's by now.
    child.send(SIGKILL)
  }

  @Test("as much is given as a pipe holds")
  func given() throws {
    let bytes = [UInt8](repeating: 0x61, count: ChildProcess.givenBytesMax)
    let child = try start("wc -c <\(ChildProcess.givenFile)", given: bytes)
    let output = try contents(child.output)
    #expect(output == "\(bytes.count)\n")
  }

  @Test("what this process opened is not open in it, and no signal is held back")
  func isolation() throws {
    // Above the numbers that the child has for itself.
    let one = try EventDescriptor()
    let other = try EventDescriptor()
    let events = [one.descriptor.number, other.descriptor.number].filter { $0 > 3 }
    let looks = events.map { "[ -e /proc/self/fd/\($0) ] && echo \($0);" }.joined()
    let child = try start(looks + "grep SigBlk /proc/self/status")
    let output = try contents(child.output)
    #expect(output == "SigBlk:\t0000000000000000\n")
    one.clear()
    other.clear()
  }

  @Test("its end is seen, and a signal that ended it is named")
  func end() throws {
    var child = try start("kill -SEGV $$")
    let ready = try Poller.wait(for: [child.descriptor.number, -1, -1, -1])
    #expect(ready == .descriptor(0))
    let end = child.wait()
    #expect(end == .killed(SIGSEGV))
    #expect(Signal.name(SIGSEGV) == "SIGSEGV")
  }

  @Test("it ends with the value")
  func lifetime() throws {
    var number = pid_t()
    do {
      let child = try start("echo $$; exec cat /dev/zero >/dev/null")
      number =
        pid_t(String(decoding: try child.output.read(upTo: 20).dropLast(), as: UTF8.self)) ?? 0
      #expect(number > 0 && kill(number, 0) == 0)
    }
    #expect(kill(number, 0) == -1)
  }

  @Test("a program that is not there is an end with a status")
  func missing() throws {
    var child = try ChildProcess(running: "/nowhere", ["nowhere"], given: [])
    let end = child.wait()
    #expect(end == .exited(71))
  }
}
