internal import CLinuxHost
internal import Glibc

/// Many descriptors watched as one: `epoll(7)`.
public struct DescriptorSet: ~Copyable, Sendable {
  /// The set's own descriptor, readable while any member is.
  public let descriptor: OwnedDescriptor

  /// Creates an empty set.
  ///
  /// - Throws: ``SystemError`` naming `epoll_create1`.
  public init() throws(SystemError) {
    descriptor = OwnedDescriptor(
      adopting: try check("epoll_create1", epoll_create1(Int32(EPOLL_CLOEXEC))))
  }

  /// Adds a descriptor, which must stay open as long as it is to be watched.
  ///
  /// - Parameters:
  ///   - number: The descriptor's number.
  ///   - identity: What ``next()`` calls it.
  /// - Throws: ``SystemError`` naming `epoll_ctl`.
  public func add(_ number: Int32, as identity: Int) throws(SystemError) {
    // SAFETY: the data is a union of plain words, and a number is what next() reads back.
    var event = unsafe epoll_event()
    unsafe event.events = UInt32(CHOST_EPOLLIN)
    unsafe event.data.u64 = UInt64(identity)
    // SAFETY: the kernel reads a local during the call.
    try unsafe check("epoll_ctl", epoll_ctl(descriptor.number, EPOLL_CTL_ADD, number, &event))
  }

  /// Names a member that is readable now.
  ///
  /// - Returns: Its identity, or nil if none is.
  public func next() -> Int? {
    // SAFETY: the kernel writes at most one event into a local.
    var event = unsafe epoll_event()
    let count = unsafe epoll_wait(descriptor.number, &event, 1, 0)
    return unsafe count == 1 ? Int(event.data.u64) : nil
  }
}
