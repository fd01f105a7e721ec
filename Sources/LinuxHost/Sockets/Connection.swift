internal import CLinuxHost
internal import Glibc

/// A client's connection, on which nothing waits.
public struct Connection: ~Copyable {
  /// The descriptor, readable while something is there to be received.
  public let descriptor: OwnedDescriptor

  init(adopting descriptor: consuming OwnedDescriptor) {
    var atOnce: Int32 = 1
    // SAFETY: the kernel reads a local during the call; a socket that is not a TCP socket refuses, rightly.
    unsafe _ = setsockopt(
      descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, &atOnce, 4)
    self.descriptor = descriptor
  }

  /// What was received.
  public enum Received: Hashable, Sendable {
    /// Some bytes.
    case bytes([UInt8])
    /// Nothing yet.
    case nothing
    /// The client has gone.
    case end
  }

  /// Takes what there is, up to a limit.
  ///
  /// - Parameter limit: The most, in bytes.
  /// - Returns: The bytes, or why there are none.
  public func receive(upTo limit: Int) -> Received {
    var failure: Int32 = 0
    // SAFETY: recv(2) writes at most `limit` bytes into a buffer of that capacity, and the count it
    // returns is the number of bytes initialised.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      let result = unsafe recv(
        descriptor.number, buffer.baseAddress, limit, Int32(MSG_DONTWAIT))
      if result < 0 { failure = errno }
      count = max(result, 0)
    }
    if failure == EAGAIN || failure == EINTR { return .nothing }
    return failure != 0 || bytes.isEmpty ? .end : .bytes(bytes)
  }

  /// What became of bytes that were to be sent.
  public enum Sent: Hashable, Sendable {
    /// They are on their way.
    case all
    /// There was no room for all of them: the client does not read.
    case part
    /// The client has gone.
    case none
  }

  /// Sends some bytes at once.
  public func send(_ bytes: [UInt8]) -> Sent {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    var sent = 0
    while sent < bytes.count {
      // SAFETY: send(2) reads the rest of the array, which lives until it returns.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
        return retrying {
          unsafe Glibc.send(descriptor.number, rest.baseAddress, rest.count, flags)
        }
      }
      guard result > 0 else { return errno == EAGAIN ? .part : .none }
      sent += result
    }
    return .all
  }
}
