internal import Glibc

/// A mapping as pages: which of them are in use, and a file's in their place.
extension Mapping {
  /// The size of a page in bytes; of every x86_64 kernel.
  public static var pageSize: Int { 4096 }

  /// Which pages the kernel holds for this process, in memory or swapped out.
  ///
  /// A page of anonymous memory that is not among them is zero. One that is among them may be zero,
  /// too: it was only read, or is part of a huge page.
  ///
  /// - Returns: Page numbers.
  /// - Throws: ``SystemError`` naming `open` or `read` and `/proc/self/pagemap`.
  public borrowing func residentPages() throws(SystemError) -> RangeSet<Int> {
    let path = "/proc/self/pagemap"
    let table = try OwnedDescriptor(opening: path, flags: O_RDONLY)
    let pages = size / Self.pageSize
    let first = unsafe UInt64(UInt(bitPattern: address)) / UInt64(Self.pageSize)
    var runs: [Range<Int>] = []
    // 64 KiB of table, which is what the kernel itself walks at a time, cover 32 MiB.
    var entries = [UInt64](repeating: 0, count: min(pages, 8192))
    for start in stride(from: 0, to: pages, by: entries.count) {
      let count = min(entries.count, pages - start)
      // SAFETY: pread(2) writes at most as many bytes as the array has.
      let result = unsafe entries.withUnsafeMutableBytes { buffer in
        unsafe pread(
          table.number, buffer.baseAddress, count * 8, off_t((first + UInt64(start)) * 8))
      }
      try check("read", on: path, result)
      // The kernel gives whole entries, and all of those of a range that is mapped.
      precondition(result == count * 8, "\(path): \(result) bytes")
      for index in 0..<count where entries[index] >> 62 != 0 {  // bit 63: in memory, 62: swapped
        runs.append(page: start + index)
      }
    }
    return RangeSet(runs)
  }

  /// Whether all bytes of a page are zero.
  public borrowing func isZero(page: Int) -> Bool {
    unsafe Self.isZero(buffer(of: page..<page + 1))
  }

  /// Whether all bytes of a page are zero.
  @unsafe private static func isZero(_ page: UnsafeRawBufferPointer) -> Bool {
    // SAFETY: both halves of the comparison lie inside the page. If its first eight bytes are zero and
    // every other byte is equal to the one eight before it, all are zero.
    guard let start = page.baseAddress else { return true }
    return unsafe start.loadUnaligned(as: UInt64.self) == 0
      && memcmp(start, start + 8, page.count - 8) == 0
  }

  /// Forbids stores to a page and allows them again.
  ///
  /// *Why:* the kernel has whatever follows its page tables, as KVM does, let go of the page.
  ///
  /// *Why loads stay allowed:* this process reads guest memory on other threads.
  ///
  /// - Parameter page: Its number, inside the mapping.
  /// - Throws: ``SystemError`` naming `mprotect`.
  public borrowing func renewProtection(ofPage page: Int) throws(SystemError) {
    let range = unsafe UnsafeMutableRawBufferPointer(mutating: buffer(of: page..<page + 1))
    // SAFETY: a page of this mapping (checked by buffer(of:)), which is as every other again when this
    // returns: a failure of the second call is one of the first, which splits the kernel's region.
    for protection in [PROT_READ, PROT_READ | PROT_WRITE] {
      try check("mprotect", unsafe mprotect(range.baseAddress, range.count, protection))
    }
  }

  /// Puts a file's pages in the place of the mapping's, without reading them: they come when they are
  /// touched, and what is written to them stays in this process.
  ///
  /// Assumes: the file's bytes are not changed in place as long as the mapping lives, or they change
  /// here, too; and if it is cut off, touching them is SIGBUS, or EFAULT where the kernel touches them
  /// (``RegularFile/requireUnchanged()``). Replacing the file by rename is fine.
  ///
  /// - Parameters:
  ///   - pages: Page numbers, inside the mapping.
  ///   - file: The file; it has that many bytes.
  ///   - offset: Where they begin, a multiple of the page size.
  /// - Throws: ``SystemError`` naming `mmap` and the file.
  public mutating func map(
    _ pages: Range<Int>, from file: borrowing RegularFile, at offset: UInt64
  ) throws(SystemError) {
    let target = unsafe buffer(of: pages)
    precondition(
      offset % UInt64(Self.pageSize) == 0 && offset <= file.size
        && UInt64(target.count) <= file.size - offset, "pages of the file")
    // SAFETY: MAP_FIXED replaces pages of this mapping alone (checked by buffer(of:)); they stay
    // mapped and writable, so that deinit and every copy find what they expect.
    let result = unsafe mmap(
      UnsafeMutableRawPointer(mutating: target.baseAddress), target.count,
      PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, file.descriptor.number,
      off_t(offset))
    guard unsafe result != MAP_FAILED else {
      throw SystemError(call: "mmap", on: file.path, errno: .last)
    }
  }

  /// Reads a file's pages into the mapping's, which are zero.
  ///
  /// A page that is zero is not touched: a file with holes takes no more memory than it has blocks.
  ///
  /// - Parameters:
  ///   - pages: Page numbers, inside the mapping.
  ///   - file: The file.
  ///   - offset: Where they begin; they follow each other.
  /// - Throws: ``SystemError`` naming `read` and the file.
  public mutating func read(
    _ pages: RangeSet<Int>, from file: borrowing RegularFile, at offset: UInt64
  ) throws(SystemError) {
    // 1 MiB: few calls, whatever the runs, and still in a cache when it is copied.
    let pieceSize = 256 * Self.pageSize
    var piece: [UInt8] = []
    var (next, place) = (offset, 0)
    for page in pages.ranges.lazy.joined() {
      if place == piece.count {
        piece = try file.bytes(at: next, count: min(pieceSize, Int(file.size - next)))
        next += UInt64(piece.count)
        place = 0
      }
      let target = unsafe UnsafeMutableRawBufferPointer(mutating: buffer(of: page..<page + 1))
      // SAFETY: `bytes` traps unless a page's bytes are left, and the target is a page of the mapping's.
      unsafe piece[place..<place + Self.pageSize].withUnsafeBytes { source in
        if unsafe !Self.isZero(source) { unsafe target.copyMemory(from: source) }
      }
      place += Self.pageSize
    }
  }

  /// Reads a file's bytes into the region.
  ///
  /// - Parameters:
  ///   - count: How many; the file has them.
  ///   - file: The file.
  ///   - offset: Where they begin in it.
  ///   - place: Where to, in the region.
  /// - Throws: ``SystemError`` naming `read` and the file.
  public borrowing func read(
    _ count: Int, from file: borrowing RegularFile, at offset: UInt64, to place: UInt64
  ) throws(SystemError) {
    precondition(contains(offset: place, count: count), "bytes of the mapping")
    // SAFETY: the range was checked just above, and the region is writable.
    let target = unsafe UnsafeMutableRawBufferPointer(start: address + Int(place), count: count)
    try unsafe file.read(into: target, at: offset)
  }

  /// The bytes of some pages.
  ///
  /// Traps on pages outside the mapping. Assumes: the mapping outlives every use of the buffer.
  @unsafe borrowing func buffer(of pages: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(
      pages.lowerBound >= 0 && pages.upperBound <= size / Self.pageSize, "pages of the mapping")
    // SAFETY: checked just above; no product exceeds the size.
    return unsafe UnsafeRawBufferPointer(
      start: address + pages.lowerBound * Self.pageSize, count: pages.count * Self.pageSize)
  }
}

extension [Range<Int>] {
  /// Adds a page beyond all others to ascending runs.
  public mutating func append(page: Int) {
    guard let last, last.upperBound == page else {
      append(page..<page + 1)
      return
    }
    self[endIndex - 1] = last.lowerBound..<page + 1
  }
}
