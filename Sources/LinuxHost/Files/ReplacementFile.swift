internal import Glibc

/// A file's new contents, which take the place of the old ones at once or not at all.
///
/// They are written to `.NAME.swvmm-partial` in the same folder, made durable, and renamed.
/// *Guarantee*: whatever happens, power failure included, the name leads to the old contents or to
/// all of the new ones.
///
/// The temporary's name is fixed, and the writer holds a lock on it (`flock(2)`). A killed writer's
/// temporary is taken over by the next one, so that there is never more than one for a file; with
/// their own names, by process or at random, each kill would leave one for ever. A nameless file
/// (`O_TMPFILE`) would vanish by itself, but linkat(2) cannot put it where a file is already.
public struct ReplacementFile: ~Copyable {
  private let descriptor: OwnedDescriptor
  private let path: String
  /// Where the contents are until they are committed; nil afterwards.
  private var partial: String?

  /// Begins with no contents.
  ///
  /// - Parameter path: The file to make or to replace. The new file is readable and writable for its
  ///   owner alone, because memory may hold secrets.
  /// - Throws: ``SystemError`` naming `open` and a path: `EBUSY` while another replaces the same file,
  ///   `EEXIST` for a path that leads to something other than a file.
  public init(replacing path: String) throws(SystemError) {
    guard !path.isEmpty else { throw SystemError(call: "open", on: path, errno: .notFound) }
    if let old = try FileStatus(at: path), !old.isRegular {
      throw SystemError(
        call: "open", on: path, errno: old.isDirectory ? .isDirectory : .exists,
        advice: "name a file, not a link or a device")
    }
    let (folder, name) = Self.split(path)
    let partial = "\(folder)/.\(name).swvmm-partial"
    descriptor = try Self.claim(partial)
    self.path = path
    self.partial = partial
  }

  /// Demands that a file could be replaced now; begins, and gives up.
  ///
  /// - Throws: As ``init(replacing:)``.
  public static func requireRoom(for path: String) throws(SystemError) {
    _ = try ReplacementFile(replacing: path)
  }

  deinit {
    // The lock is still held, so this name is still this file's.
    if let partial { unsafe unlink(partial) }
  }

  /// Adds bytes to the end.
  ///
  /// - Throws: ``SystemError`` naming `write` and the path.
  public mutating func append(_ bytes: [UInt8]) throws(SystemError) {
    // SAFETY: the array outlives the calls that read from it.
    try unsafe bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
      try unsafe write([iovec(reading: UnsafeRawBufferPointer(buffer))])
    }
  }

  /// Adds pages of a mapping to the end, straight from there, and to a checksum in the same pass.
  ///
  /// Assumes: they are not written meanwhile, or checksum and contents differ.
  ///
  /// - Parameters:
  ///   - pages: Page numbers, inside the mapping.
  ///   - mapping: The mapping.
  ///   - checksum: The checksum to update.
  /// - Throws: ``SystemError`` naming `write` and the path.
  public mutating func append(
    _ pages: RangeSet<Int>, of mapping: borrowing Mapping, _ checksum: inout CRC32C
  ) throws(SystemError) {
    // A batch of 1 MiB is summed up and written while the processor still has it in a cache.
    let batchPages = 256
    var batch: [iovec] = unsafe []
    var count = 0
    for run in pages.ranges {
      var rest = run
      while !rest.isEmpty {
        let part = rest.prefix(batchPages - count)
        // SAFETY: `buffer(of:)` traps on pages outside the mapping, which outlives this call.
        let buffer = unsafe mapping.buffer(of: part)
        unsafe checksum.update(buffer)
        unsafe batch.append(iovec(reading: buffer))
        count += part.count
        rest = rest.dropFirst(part.count)
        guard count == batchPages else { continue }
        try unsafe write(batch)
        unsafe batch.removeAll(keepingCapacity: true)
        count = 0
      }
    }
    try unsafe write(batch)
  }

  /// Replaces bytes that were written before.
  ///
  /// - Parameters:
  ///   - offset: Where the first one is.
  ///   - bytes: The new bytes.
  /// - Throws: ``SystemError`` naming `write` and the path.
  public mutating func replace(at offset: Int, _ bytes: [UInt8]) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      // SAFETY: pwrite(2) reads the rest of the array, which outlives the call.
      let result = unsafe bytes.withUnsafeBytes { buffer in
        retrying {
          unsafe pwrite(
            descriptor.number, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
            off_t(offset + done))
        }
      }
      done += try check("write", on: path, result)
    }
  }

  /// Puts the contents in place, durably.
  ///
  /// - Throws: ``SystemError`` naming `fsync` or `rename` and the path. After an error of the folder's
  ///   `fsync` the new contents are in place, but might not outlast a power failure.
  public mutating func commit() throws(SystemError) {
    guard let partial else { preconditionFailure("\(path) is committed once") }
    // Before the rename: a name that leads to contents still in memory is what must never be.
    try check("fsync", on: path, retrying { fsync(descriptor.number) })
    // SAFETY: the C library reads both paths during the call.
    try check("rename", on: path, unsafe rename(partial, path))
    self.partial = nil
    let folder = try OwnedDescriptor(
      opening: Self.split(path).folder, flags: O_RDONLY | O_DIRECTORY)
    let result = retrying { fsync(folder.number) }
    // Some file systems have nothing to do for a folder, and say so by EINVAL.
    if result < 0 && errno == EINVAL { return }
    try check("fsync", on: Self.split(path).folder, result)
  }

  // MARK: The temporary

  /// Opens the temporary and locks it, so that it is this writer's alone.
  private static func claim(_ partial: String) throws(SystemError) -> OwnedDescriptor {
    while true {
      // O_NOFOLLOW, and the checks below: in a folder that others may write to, another user may have put
      // something else in this place, to have it overwritten or to read along.
      let descriptor = try OwnedDescriptor(
        opening: partial, flags: O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, permissions: 0o600)
      guard retrying({ flock(descriptor.number, LOCK_EX | LOCK_NB) }) == 0 else {
        let errno = Errno.last
        guard errno == .wouldBlock else {
          throw SystemError(call: "flock", on: partial, errno: errno)
        }
        throw SystemError(
          call: "open", on: partial, errno: .busy,
          advice: "wait for the other process that is writing this file")
      }
      let status = try FileStatus(of: descriptor, partial)
      // Between open and lock its last owner may have renamed or removed it: then this descriptor's
      // file is finished work, and not to be touched.
      guard let named = try FileStatus(at: partial), named.inode == status.inode,
        named.device == status.device
      else { continue }
      guard status.isRegular, status.links == 1, status.owner == geteuid() else {
        throw SystemError(
          call: "open", on: partial, errno: .exists, advice: "remove it: it is no temporary file")
      }
      // Only now: without the lock this might be another's work.
      try check("ftruncate", on: partial, ftruncate(descriptor.number, 0))
      return descriptor
    }
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = path[..<slash]
    return (folder.isEmpty ? "/" : String(folder), String(path[path.index(after: slash)...]))
  }

  // MARK: Writing

  /// Writes all that the vectors name, however often the kernel wants to be asked.
  ///
  /// Assumes: they name live memory.
  @unsafe private func write(_ vectors: [iovec]) throws(SystemError) {
    var rest = unsafe vectors[...]
    while unsafe !rest.isEmpty {
      // SAFETY: writev(2) reads the vectors, and the memory they name, during the call.
      let result = unsafe rest.withUnsafeBufferPointer { vectors in
        retrying { unsafe writev(descriptor.number, vectors.baseAddress, Int32(vectors.count)) }
      }
      unsafe rest.drop(bytes: try check("write", on: path, result))
    }
  }
}

extension iovec {
  fileprivate init(reading buffer: UnsafeRawBufferPointer) {
    // The cast is for C's sake, whose vectors serve reading and writing; writev(2) only reads.
    unsafe self.init(
      iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), iov_len: buffer.count)
  }
}

extension ArraySlice<iovec> {
  /// Leaves out bytes from the front that have been written.
  fileprivate mutating func drop(bytes: Int) {
    var bytes = bytes
    while let vector = unsafe first {
      guard unsafe bytes < vector.iov_len else {
        unsafe bytes -= vector.iov_len
        unsafe removeFirst()
        continue
      }
      // SAFETY: fewer bytes than the vector has, so the pointer stays inside.
      unsafe self[startIndex].iov_base = vector.iov_base + bytes
      unsafe self[startIndex].iov_len -= bytes
      return
    }
  }
}
