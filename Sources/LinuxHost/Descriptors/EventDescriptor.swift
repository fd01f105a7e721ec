internal import CLinuxHost
internal import Glibc

/// A counter in the kernel that one thread raises and another waits for: `eventfd(2)`.
public struct EventDescriptor: ~Copyable, Sendable {
  /// The descriptor, to be polled or lent to the kernel.
  public let descriptor: OwnedDescriptor

  /// Creates a counter at 0, non-blocking.
  ///
  /// - Throws: ``SystemError`` naming `eventfd`.
  public init() throws(SystemError) {
    let number = try check("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
    descriptor = OwnedDescriptor(adopting: number)
  }

  /// Adds 1.
  ///
  /// Never blocks: where the counter is full (2^64 - 2), it is readable already.
  public func raise() {
    var one: UInt64 = 1
    // SAFETY: write(2) reads eight bytes from a local that lives until it returns.
    let result = retrying { unsafe write(descriptor.number, &one, 8) }
    precondition(result == 8 || errno == EAGAIN, "eventfd write: \(Errno.last.message)")
  }

  /// Takes the whole count.
  ///
  /// - Returns: How often ``raise()`` was called since the last time; 0 if not at all.
  @discardableResult
  public func clear() -> UInt64 {
    var count: UInt64 = 0
    // SAFETY: read(2) writes eight bytes into a local that lives until it returns.
    return retrying { unsafe read(descriptor.number, &count, 8) } == 8 ? count : 0
  }
}
