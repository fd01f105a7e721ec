import CLinuxHost
import CTestSupport
import Glibc
import Testing

@testable import LinuxHost

/// Descriptors that other processes share: what a look has found may be gone at the next call.
@Suite("Shared descriptors", .serialized, .timeLimit(.minutes(5)))
struct SharedDescriptorTests {
  /// One end to read from, one to write to, and what keeps both open.
  private struct Pair {
    let input: Int32
    let output: Int32
    var opened: [Int32] = []

    static func pipe() throws -> Pair {
      var ends: [Int32] = [0, 0]
      try #require(test_pipe(&ends, 0) == 0)
      return Pair(input: ends[0], output: ends[1])
    }

    static func socket() throws -> Pair {
      var ends: [Int32] = [0, 0]
      try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      return Pair(input: ends[0], output: ends[1])
    }

    /// A terminal that hands over keys one by one; its other end is where keys come from.
    static func terminal() throws -> Pair {
      var path = [CChar](repeating: 0, count: 64)
      let master = test_open_terminal(&path, path.count)
      try #require(master >= 0)
      let slave = open(path, O_RDWR | O_NOCTTY)
      try #require(slave >= 0)
      var settings = termios()
      tcgetattr(slave, &settings)
      settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
      tcsetattr(slave, TCSANOW, &settings)
      return Pair(input: slave, output: master)
    }

    static let all = [pipe, socket, terminal]

    func close() {
      Glibc.close(input)
      Glibc.close(output)
    }
  }

  private func readNow(_ descriptor: Int32, upTo limit: Int = 16) -> (Int, [UInt8]) {
    var bytes = [UInt8](repeating: 0, count: limit)
    let result = chost_read_now(descriptor, &bytes, limit, KickSignal.number)
    return (result, Array(bytes.prefix(max(result, 0))))
  }

  @Test("a read does not wait for what another has read, and changes no flag of the other's")
  func emptyRead() throws {
    KickSignal.install()
    for make in Pair.all {
      let pair = try make()
      defer { pair.close() }
      let flags = fcntl(pair.input, F_GETFL)
      #expect(readNow(pair.input) == (-Int(EAGAIN), []))
      #expect(write(pair.output, "ab", 2) == 2)
      // Readable: the other reader is faster.
      #expect(try Poller.wait(for: [pair.input, -1, -1, -1]) == .descriptor(0))
      var taken: [UInt8] = [0, 0]
      #expect(read(pair.input, &taken, 2) == 2)
      #expect(readNow(pair.input) == (-Int(EAGAIN), []))
      #expect(write(pair.output, "xyz", 3) == 3)
      #expect(readNow(pair.input, upTo: 2) == (2, Array("xy".utf8)))
      #expect(readNow(pair.input) == (1, Array("z".utf8)))
      #expect(fcntl(pair.input, F_GETFL) == flags)
    }
  }

  @Test("the end of a pipe and of a file is told from nothing to read")
  func ends() throws {
    let pair = try Pair.pipe()
    write(pair.output, "a", 1)
    close(pair.output)
    #expect(readNow(pair.input) == (1, Array("a".utf8)))
    #expect(readNow(pair.input) == (0, []))
    close(pair.input)
    let file = try OwnedDescriptor(opening: "/proc/self/exe", flags: O_RDONLY)
    #expect(readNow(file.number, upTo: 4) == (4, [0x7f] + Array("ELF".utf8)))
  }

  @Test("a remark waits for no reader")
  func fullPipe() throws {
    KickSignal.install()
    for make in [Pair.pipe, Pair.socket] {
      let pair = try make()
      defer { pair.close() }
      let line = [UInt8](repeating: 120, count: 4096)
      while chost_write_now(pair.output, line, line.count, KickSignal.number) > 0 {}
      #expect(chost_write_now(pair.output, line, 1, KickSignal.number) == -Int(EAGAIN))
    }
  }

  @Test("reading waits where another process made the descriptor non-blocking")
  func nonBlocking() throws {
    let pair = try Pair.pipe()
    defer { pair.close() }
    #expect(fcntl(pair.input, F_SETFL, O_NONBLOCK) == 0)
    let input = pair.input
    let thread = try HostThread(named: "writer") {
      usleep(50_000)
      write(pair.output, "late", 4)
    }
    #expect(try readBytes(from: input, upTo: 8) == Array("late".utf8))
    thread.join()
  }
}
