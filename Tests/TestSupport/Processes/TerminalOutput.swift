import CTestSupport
import Glibc

/// What a command's output does to a terminal: the bytes that arrive there, 65536 at most.
///
/// - Parameter command: Writes to `$TERMINAL`.
/// - Returns: What the terminal got, and what became of the command.
public func terminalOutput(of command: String) -> (screen: String, result: CommandResult) {
  var path = [CChar](repeating: 0, count: 256)
  let master = test_open_terminal(&path, path.count)
  precondition(master >= 0, "no terminal")
  defer { close(master) }
  let name = String(decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  // Held open, so that what was written stays.
  let slave = open(name, O_RDWR | O_NOCTTY)
  defer { close(slave) }
  let result = shell("TERMINAL=\(name)\n\(command)")
  _ = fcntl(master, F_SETFL, O_NONBLOCK)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while bytes.count < 1 << 16, case let count = read(master, &buffer, buffer.count), count > 0 {
    bytes += buffer[..<count]
  }
  return (String(decoding: bytes, as: UTF8.self), result)
}
