internal import CLinuxHost
internal import Glibc

/// A socket that waits for a client, and goes with its path.
public struct ListeningSocket: ~Copyable {
  /// The descriptor, readable while a client waits.
  public let descriptor: OwnedDescriptor
  /// Where it listens, with the port that it got.
  public let address: LocalAddress

  /// Listens.
  ///
  /// - Parameter address: Where.
  /// - Throws: ``SystemError`` naming `socket`, `bind` or `listen`, and the address.
  public init(at address: LocalAddress) throws(SystemError) {
    let family = if case .port = address { AF_INET } else { AF_UNIX }
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = OwnedDescriptor(
      adopting: try check(
        "socket", on: "\(address)", socket(family, type | Int32(SOCK_NONBLOCK.rawValue), 0)))
    let bound =
      switch address {
      case .port(let port): try Self.bind(descriptor, toPort: port)
      case .path(let path): try Self.bind(descriptor, toPath: path)
      }
    try check("listen", on: "\(address)", listen(descriptor.number, 1))
    self.address = bound
    self.descriptor = descriptor
  }

  deinit {
    // SAFETY: the C library reads the path during the call.
    if case .path(let path) = address { unsafe _ = unlink(path) }
  }

  private static func bind(
    _ descriptor: borrowing OwnedDescriptor, toPort port: UInt16
  ) throws(SystemError) -> LocalAddress {
    let name = "\(LocalAddress.port(port))"
    var reuse: Int32 = 1
    // SAFETY: the kernel reads a local during the call.
    unsafe _ = setsockopt(descriptor.number, SOL_SOCKET, SO_REUSEADDR, &reuse, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    // SAFETY: a sockaddr_in is what the kernel takes and gives where the family says so, and the size is
    // its own.
    let (bound, named) = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        let bound = unsafe Glibc.bind(descriptor.number, pointer, size)
        let error = errno
        let named = bound == 0 ? unsafe getsockname(descriptor.number, pointer, &size) : 0
        if bound != 0 { errno = error }
        return (bound, named)
      }
    }
    try check("bind", on: name, bound)
    try check("getsockname", on: name, named)
    return .port(UInt16(bigEndian: address.sin_port))
  }

  private static func bind(
    _ descriptor: borrowing OwnedDescriptor, toPath path: String
  ) throws(SystemError) -> LocalAddress {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.isEmpty else {
      throw SystemError(
        call: "bind", on: path, errno: .nameTooLong, advice: "a socket's path has at most 107 bytes"
      )
    }
    // SAFETY: the path fits with its terminating 0, as just checked; a sockaddr_un is what the kernel takes
    // where the family says so, and the size is its own.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    let result = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe Glibc.bind(
          descriptor.number, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try check("bind", on: path, result)
    return .path(path)
  }

  /// The client that waits, if one does.
  ///
  /// - Throws: ``SystemError`` naming `accept`.
  public func accept() throws(SystemError) -> Connection? {
    let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let number = chost_accept(descriptor.number, flags)
    if number >= 0 { return Connection(adopting: OwnedDescriptor(adopting: number)) }
    switch -number {
    // No client, or one that has gone again.
    case EAGAIN, EINTR, ECONNABORTED: return nil
    case let errno:
      throw SystemError(call: "accept", on: "\(address)", errno: Errno(rawValue: errno))
    }
  }
}
