internal import Glibc

/// Exclusive ownership of one `mmap(2)` region: it is unmapped when this value goes.
///
/// All access is by copies whose range is checked first, so no offset from outside, a guest's
/// included, ever becomes a pointer.
@safe public struct Mapping: ~Copyable, @unchecked Sendable {
  // @unchecked: the pointer never changes, and it is dereferenced only by range-checked copies.
  // Memory shared with a running guest may change under a copy, as DMA does; bytes stay bytes.
  private let base: UnsafeMutableRawPointer

  /// The region's size in bytes.
  public let size: Int

  /// Maps zeroed, private memory that takes up host memory only where it is touched.
  ///
  /// - Parameter size: Bytes, more than 0; rounded up to pages by the kernel.
  /// - Throws: ``SystemError`` naming `mmap` and the size.
  public init(anonymous size: Int) throws(SystemError) {
    try self.init(
      size: size, flags: MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, descriptor: -1,
      subject: "\(size >> 20) MiB")
  }

  /// Maps the first `size` bytes of a descriptor, shared with all that map it.
  ///
  /// - Parameters:
  ///   - descriptor: What to map; it may be closed afterwards.
  ///   - size: Bytes, more than 0.
  /// - Throws: ``SystemError`` naming `mmap`.
  public init(sharing descriptor: borrowing OwnedDescriptor, size: Int) throws(SystemError) {
    try self.init(
      size: size, flags: MAP_SHARED, descriptor: descriptor.number, subject: "a descriptor")
  }

  private init(
    size: Int, flags: Int32, descriptor: Int32, subject: @autoclosure () -> String
  ) throws(SystemError) {
    precondition(size > 0)
    // SAFETY: the kernel chooses the address, so no existing mapping is replaced.
    let address = unsafe mmap(nil, size, PROT_READ | PROT_WRITE, flags, descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      let errno = Errno.last
      throw SystemError(call: "mmap", on: subject(), errno: errno)
    }
    unsafe self.base = unsafe address
    self.size = size
  }

  deinit {
    // SAFETY: `base` and `size` are what mmap gave; no pointer into the region outlives this value.
    let result = unsafe munmap(base, size)
    precondition(result == 0, "munmap of a region of our own")
  }

  /// The region's address, for calls that hand it to the kernel.
  ///
  /// Assumes: the kernel object it is given to goes before this mapping does.
  @unsafe public var address: UnsafeMutableRawPointer { unsafe base }

  /// Whether `count` bytes at `offset` lie inside the region.
  ///
  /// No sum that could overflow is formed.
  public func contains(offset: UInt64, count: Int) -> Bool {
    count >= 0 && count <= size && offset <= UInt64(size - count)
  }

  /// Copies bytes out of the region.
  ///
  /// - Parameters:
  ///   - offset: Where they start.
  ///   - count: How many.
  /// - Returns: The bytes, or nil if the range does not lie inside the region.
  public func bytes(at offset: UInt64, count: Int) -> [UInt8]? {
    guard contains(offset: offset, count: count) else { return nil }
    // SAFETY: the range was checked just above.
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base + Int(offset), count: count))
  }

  /// Whether bytes are in the region, without a copy of it.
  ///
  /// - Parameters:
  ///   - bytes: What may be there.
  ///   - offset: Where it would start.
  /// - Returns: Whether the range lies inside the region and is equal.
  public func holds(_ bytes: [UInt8], at offset: UInt64) -> Bool {
    guard contains(offset: offset, count: bytes.count) else { return false }
    // SAFETY: the range was checked just above.
    return unsafe bytes.withUnsafeBytes { bytes in
      guard let wanted = bytes.baseAddress else { return true }
      return unsafe memcmp(base + Int(offset), wanted, bytes.count) == 0
    }
  }

  /// Copies bytes into the region.
  ///
  /// - Parameters:
  ///   - bytes: What to write.
  ///   - offset: Where to.
  /// - Returns: Whether the range lies inside the region; if not, nothing was written.
  public func write(_ bytes: [UInt8], at offset: UInt64) -> Bool {
    guard contains(offset: offset, count: bytes.count) else { return false }
    // SAFETY: the range was checked just above; source and destination cannot overlap, because no
    // array lies in this region.
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(start: base + Int(offset), count: bytes.count)
        .copyMemory(from: source)
    }
    return true
  }
}
