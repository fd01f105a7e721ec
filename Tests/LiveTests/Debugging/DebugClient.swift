import GDBProtocol
import Glibc
import TestSupport

/// A debugger's client, as small as the protocol allows.
final class DebugClient {
  /// Seconds to wait for the command to start, and for an answer.
  private static let patience = isEmulated ? 240 : 30
  private let descriptor: Int32
  private var reader = PacketReader()

  struct Failure: Error {}

  /// Connects as soon as the command listens.
  init(_ path: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let end = time(nil) + Self.patience
    while time(nil) < end {
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      if result == 0 { return }
      usleep(1000)
    }
    close(descriptor)
    throw Failure()
  }

  deinit { close(descriptor) }

  /// Hangs up for sending and receiving.
  func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Sends bytes as they are.
  ///
  /// - Returns: Whether all went out.
  @discardableResult
  func send(raw bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  func send(_ request: String) { send(raw: Packet(request).bytes) }

  /// The next packet, or nil where none comes.
  func reply() -> String? {
    while true {
      while let item = reader.next() {
        if case .packet(let payload) = item { return String(decoding: payload, as: UTF8.self) }
      }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = recv(descriptor, &bytes, bytes.count, 0)
      guard count > 0 else { return nil }
      reader.take(bytes.prefix(count))
    }
  }

  func ask(_ request: String) -> String? {
    send(request)
    return reply()
  }

  /// What a request for a stop leads to, without text for the user.
  func stop(_ request: String) -> String? {
    send(request)
    while let reply = reply() { if !reply.hasPrefix("O") { return reply } }
    return nil
  }

  /// A register of 8 bytes.
  func register(_ name: String) -> UInt64? {
    let index = RegisterLayout.index(of: name)
    let digits = ask("p" + String(index, radix: 16))
    return digits.flatMap { Hexadecimal.bytes($0.utf8) }.map { bytes in
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }
}

/// The command under a debugger.
struct DebuggedRun: ~Copyable {
  let child: Child
  let client: DebugClient
  private let folder: TemporaryFolder

  /// Starts a guest and connects to it.
  init(_ guest: String, _ options: [String] = [], arguments: [String] = []) throws {
    let folder = TemporaryFolder()
    let path = folder.path + "/socket"
    let child = try Child(
      ["run", guest, "--gdb", "unix:" + path, "--timeout", "300"] + options
        + (arguments.isEmpty ? [] : ["--"] + arguments))
    client = try DebugClient(path)
    self.child = child
    self.folder = folder
  }

  /// Whether no second client can connect.
  var isAlone: Bool { access(folder.path + "/socket", F_OK) != 0 }

  /// The end of a run that the client lets go.
  func end() -> (status: Int32, output: String) {
    let output = child.read(1 << 16)
    return (child.wait(), output)
  }
}
