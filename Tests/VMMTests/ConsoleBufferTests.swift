import Glibc
import LinuxHost
import Testing

@testable import VMM

@Suite("Console buffer")
struct ConsoleBufferTests {
  /// Standard input stands for a stream that takes nothing, unless it is a terminal.
  @Test(
    "what a stream refuses is lost, and the buffer takes more",
    .enabled(if: fcntl(0, F_GETFL) & O_ACCMODE == O_RDONLY), arguments: [false, true])
  func refusal(isFiltered: Bool) {
    var buffer = ConsoleBuffer(isFiltered: isFiltered)
    for _ in 1...3 {
      while !buffer.isFull { buffer.append(0x41) }
      #expect(throws: SystemError.self) {
        try buffer.flush(to: .input) { false }
      }
      #expect(buffer.isEmpty && !buffer.isFull)
    }
  }
}
