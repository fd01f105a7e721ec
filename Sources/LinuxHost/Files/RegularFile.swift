internal import CLinuxHost
internal import Glibc

/// A file that is open for reading and has a size: neither a pipe nor a device.
public struct RegularFile: ~Copyable, Sendable {
  let descriptor: OwnedDescriptor

  /// The file's path, as it was opened.
  public let path: String

  /// The size in bytes when the file was opened.
  public let size: UInt64

  /// When its contents were changed last, as of then.
  private let modified: SIMD2<Int>

  /// Opens a file.
  ///
  /// - Parameter path: The file's path.
  /// - Throws: ``SystemError`` naming `open` or `read`, and the path; `EISDIR` for a folder, `EINVAL`
  ///   for other things that are no files.
  public init(reading path: String) throws(SystemError) {
    // Non-blocking, or a pipe that nothing writes would hold this program up.
    let descriptor: OwnedDescriptor
    do { descriptor = try OwnedDescriptor(opening: path, flags: O_RDONLY | O_NONBLOCK) } catch {
      guard path == "-" else { throw error }
      throw SystemError(
        call: error.call, on: path, errno: error.errno,
        advice: "standard input will not do here: name a file")
    }
    let status = try FileStatus(of: descriptor, path)
    guard status.isRegular else {
      throw SystemError(
        call: "read", on: path, errno: status.isDirectory ? .isDirectory : .invalidArgument,
        advice: status.isDirectory ? nil : "name a file; a pipe or a device will not do here")
    }
    self.init(descriptor, path, status)
  }

  init(_ descriptor: consuming OwnedDescriptor, _ path: String, _ status: FileStatus) {
    self.descriptor = descriptor
    self.path = path
    size = status.size
    modified = status.modified
  }

  private init(_ descriptor: consuming OwnedDescriptor, of other: borrowing RegularFile) {
    self.descriptor = descriptor
    path = other.path
    size = other.size
    modified = other.modified
  }

  /// The same open file once more.
  ///
  /// - Throws: ``SystemError`` naming `fcntl` and the path.
  public borrowing func duplicate() throws(SystemError) -> RegularFile {
    try RegularFile(OwnedDescriptor(duplicating: descriptor.number, of: path), of: self)
  }

  /// Whether the file was not changed in place since it was opened, by its size and its time.
  ///
  /// - Throws: ``SystemError`` naming `fstat` and the path.
  public borrowing func isUnchanged() throws(SystemError) -> Bool {
    let status = try FileStatus(of: descriptor, path)
    return status.size == size && status.modified == modified
  }

  /// Demands that the file was not changed in place since it was opened, by its size and its time.
  ///
  /// - Throws: ``SystemError`` naming `mmap` and the path; `EIO` if it was.
  public borrowing func requireUnchanged() throws(SystemError) {
    guard try isUnchanged() else {
      throw SystemError(
        call: "mmap", on: path, errno: .inputOutput,
        advice: "the file was changed or cut off while its pages were in use; work on a copy of it")
    }
  }

  /// Has a fault on a page that the file has lost, or that cannot be read, end this process by a line on
  /// standard error and status 71, the terminal as it is now: by itself the signal (SIGBUS) would leave
  /// neither.
  ///
  /// For whatever is mapped of it, before that is touched; the last file that asked for it is named.
  public borrowing func reportLostPages() {
    // A name may hold what a terminal obeys.
    let name = path.unicodeScalars.map {
      $0.value < 0x20 || (0x7f..<0xa0).contains($0.value) ? "?" : $0
    }
    var text = "swvmm: "
    text.unicodeScalars.append(contentsOf: name)
    text += " was cut off, or cannot be read, while its pages were in use: work on a copy of it\n"
    // SAFETY: the bytes are copied during the call.
    unsafe Array(text.utf8).withUnsafeBufferPointer {
      unsafe chost_report_lost_pages($0.baseAddress, $0.count)
    }
  }

  /// Reads bytes.
  ///
  /// - Parameters:
  ///   - offset: Where they begin.
  ///   - count: How many; they exist, by ``size``.
  /// - Returns: The bytes.
  /// - Throws: ``SystemError`` naming `read` and the path; `EIO` if the file has shrunk.
  public borrowing func bytes(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try unsafe bytes.withUnsafeMutableBufferPointer { buffer throws(SystemError) in
      try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    return bytes
  }

  /// Adds the file from an offset to its end to a checksum.
  ///
  /// Mapped, not copied: that takes less than half as long. Where another program cuts the file off meanwhile, the
  /// process ends (``reportLostPages()``); replacing it by rename is fine.
  ///
  /// *Why holes are passed over:* a file of one block may have gigabytes of them, which would take as much of
  /// the host's memory to be read.
  ///
  /// - Parameters:
  ///   - checksum: The checksum.
  ///   - offset: Where to begin, at most ``size``.
  /// - Throws: ``SystemError`` naming `mmap` and the path.
  public borrowing func update(
    _ checksum: inout CRC32C, from offset: UInt64
  ) throws(SystemError) {
    reportLostPages()
    var place = offset
    while place < size {
      let data = nextData(from: place)
      checksum.update(zeros: data.lowerBound - place)
      if !data.isEmpty { try update(&checksum, data) }
      place = data.upperBound
    }
  }

  /// Adds a range of the file, not empty and inside it, to a checksum.
  private borrowing func update(
    _ checksum: inout CRC32C, _ range: Range<UInt64>
  ) throws(SystemError) {
    let start = range.lowerBound / UInt64(Mapping.pageSize) * UInt64(Mapping.pageSize)
    let count = Int(range.upperBound - start)
    // SAFETY: the kernel chooses the address, so no existing mapping is replaced.
    let address = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, descriptor.number, off_t(start))
    guard unsafe address != MAP_FAILED else {
      throw SystemError(call: "mmap", on: path, errno: .last)
    }
    // SAFETY: the range that was just mapped, which no other code knows of.
    defer { unsafe munmap(address, count) }
    // SAFETY: the range begins in the first page that was mapped.
    unsafe checksum.update(
      UnsafeRawBufferPointer(
        rebasing: UnsafeRawBufferPointer(start: address, count: count)[
          Int(range.lowerBound - start)...]))
  }

  /// The next bytes that may be other than 0, from a place inside the file on: at most 16 MiB, and not fewer
  /// than 64 KiB if there are as many, so that a file of many small holes takes no longer than one of none.
  ///
  /// A file system that knows of no holes says that all is data, and so does one that fails.
  private borrowing func nextData(from place: UInt64) -> Range<UInt64> {
    let data = lseek(descriptor.number, off_t(place), CHOST_SEEK_DATA)
    if data < 0 && errno == ENXIO { return size..<size }
    let start = min(max(place, UInt64(max(0, data))), size)
    let hole = UInt64(max(0, lseek(descriptor.number, off_t(start), CHOST_SEEK_HOLE)))
    let least = min(size - start, 1 << 16)
    let most = min(size - start, 1 << 24)
    return start..<(hole > start + least ? min(hole, start + most) : start + least)
  }

  /// Fills a buffer, however often the kernel wants to be asked.
  @unsafe borrowing func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
  ) throws(SystemError) {
    var done = 0
    while done < buffer.count {
      // SAFETY: pread(2) writes into the part of the buffer that is not filled yet.
      let result = retrying {
        unsafe pread(
          descriptor.number, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
          off_t(offset) + done)
      }
      guard result > 0 else {
        throw SystemError(call: "read", on: path, errno: result < 0 ? .last : .inputOutput)
      }
      done += result
    }
  }
}

/// What `fstat(2)` says of a file.
struct FileStatus {
  let isRegular: Bool
  let isDirectory: Bool
  let isPipe: Bool
  let size: UInt64
  let device: dev_t
  let inode: ino_t
  let links: nlink_t
  let owner: uid_t
  /// Seconds and nanoseconds.
  let modified: SIMD2<Int>

  init(of descriptor: borrowing OwnedDescriptor, _ path: String) throws(SystemError) {
    var status = stat()
    // SAFETY: fstat(2) fills a local during the call.
    try check("fstat", on: path, unsafe fstat(descriptor.number, &status))
    self.init(status)
  }

  /// What is at a path, itself and not what it links to; nil if there is nothing.
  init?(at path: String) throws(SystemError) {
    var status = stat()
    // SAFETY: lstat(2) reads the path and fills a local during the call.
    let result = unsafe lstat(path, &status)
    if result < 0 && errno == ENOENT { return nil }
    try check("stat", on: path, result)
    self.init(status)
  }

  private init(_ status: stat) {
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isDirectory = status.st_mode & S_IFMT == S_IFDIR
    isPipe = status.st_mode & S_IFMT == S_IFIFO
    size = UInt64(max(0, status.st_size))
    device = status.st_dev
    inode = status.st_ino
    links = status.st_nlink
    owner = status.st_uid
    modified = SIMD2(status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}
