/// Where one client may connect: a port of this host alone, or a path.
public enum LocalAddress: Hashable, Sendable, CustomStringConvertible {
  /// A TCP port of 127.0.0.1; 0: any that is free.
  case port(UInt16)
  /// A Unix-domain socket, made at that path.
  case path(String)

  /// As a debugger takes it.
  public var description: String {
    switch self {
    case .port(let port): "127.0.0.1:\(port)"
    case .path(let path): path
    }
  }
}
