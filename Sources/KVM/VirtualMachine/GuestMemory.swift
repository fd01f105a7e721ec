public import LinuxHost

/// A guest's RAM: one region from physical address 0.
///
/// Reached only by copies whose range is checked, so that no number that a guest chose becomes a
/// pointer of this process.
public struct GuestMemory: ~Copyable, Sendable {
  let mapping: Mapping

  /// Pages that were mapped from a file, in ascending order; they have contents without having been touched.
  ///
  /// *Why no `RangeSet`:* the layout of what has one as a property is found out at run time, which takes a
  /// hundredth of what it takes to boot a guest.
  private let mappedPages: [Range<Int>]

  /// The file that they are mapped from.
  private let source: RegularFile?

  /// Maps RAM, zeroed; the host gives pages as they are touched.
  ///
  /// - Parameter size: Bytes, a multiple of 4096, more than 0.
  /// - Throws: `SystemError` naming `mmap`.
  public init(size: Int) throws(SystemError) {
    precondition(size > 0 && size % 4096 == 0, "RAM is made of pages")
    mapping = try Mapping(anonymous: size)
    mappedPages = []
    source = nil
  }

  /// Maps RAM whose pages are a file's where the file has them, and zeroed elsewhere.
  ///
  /// Nothing is read: pages come from the file as they are touched, and the guest's writes stay in
  /// this process. Assumes: the file is not changed in place while this value lives (a file replaced by
  /// rename is as good as unchanged); who did is found out by ``requireSource()``, and a page that is lost
  /// ends the process. Only where there are so many runs of pages that the kernel's bookkeeping would cost
  /// more than copies, they are copied.
  ///
  /// - Parameters:
  ///   - size: Bytes, a multiple of 4096, more than 0.
  ///   - pages: Numbers of the pages that the file has, all below `size / 4096`.
  ///   - file: The file.
  ///   - offset: Where in the file the first of them is, a multiple of 4096; the others follow without
  ///     gaps, to the last one, inside the file.
  /// - Throws: `SystemError` naming `mmap` or `read`.
  public init(
    size: Int, pages: RangeSet<Int>, from file: borrowing RegularFile, at offset: UInt64
  ) throws(SystemError) {
    precondition(size > 0 && size % 4096 == 0, "RAM is made of pages")
    var mapping = try Mapping(anonymous: size)
    let isMapped = pages.ranges.count <= Self.mappedRunsMax
    if isMapped {
      file.reportLostPages()
      var offset = offset
      for run in pages.ranges {
        try mapping.map(run, from: file, at: offset)
        offset += UInt64(run.count * Mapping.pageSize)
      }
    } else {
      try mapping.read(pages, from: file, at: offset)
    }
    source = isMapped ? try file.duplicate() : nil
    self.mapping = mapping
    mappedPages = isMapped ? Array(pages.ranges) : []
  }

  /// A process may have 65530 mappings (`vm.max_map_count`), and each is a node of the kernel's tree.
  private static var mappedRunsMax: Int { 1024 }

  /// The size in bytes; the first address after RAM.
  public var size: Int { mapping.size }

  /// Copies bytes out of RAM.
  ///
  /// - Parameters:
  ///   - address: Guest-physical.
  ///   - count: How many.
  /// - Returns: The bytes, or nil if any lies outside RAM.
  public func bytes(at address: UInt64, count: Int) -> [UInt8]? {
    mapping.bytes(at: address, count: count)
  }

  /// Whether RAM holds bytes at an address: false where any of them lies outside of it.
  public func holds(_ bytes: [UInt8], at address: UInt64) -> Bool {
    mapping.holds(bytes, at: address)
  }

  /// Copies bytes into RAM.
  ///
  /// - Parameters:
  ///   - bytes: What to write.
  ///   - address: Guest-physical.
  /// - Returns: Whether all of them lie inside RAM; if not, nothing was written.
  public func write(_ bytes: [UInt8], at address: UInt64) -> Bool {
    mapping.write(bytes, at: address)
  }

  /// Reads a file's bytes into RAM.
  ///
  /// Traps where they do not lie inside RAM.
  ///
  /// - Parameters:
  ///   - count: How many; the file has them.
  ///   - file: The file.
  ///   - offset: Where they begin in it.
  ///   - address: Where to.
  /// - Throws: `SystemError` naming `read` and the file.
  public func read(
    _ count: Int, from file: borrowing RegularFile, at offset: UInt64, to address: UInt64
  ) throws(SystemError) {
    try mapping.read(count, from: file, at: offset, to: address)
  }

  /// Has the kernel forget what KVM mapped of a page, whose contents stay.
  ///
  /// The next access maps it again. An address outside RAM is none of a page.
  ///
  /// Assumes: no other vCPU stores to the page meanwhile, or its `KVM_RUN` fails.
  ///
  /// - Parameter address: Guest-physical, anywhere in the page.
  /// - Throws: `SystemError` naming `mprotect`.
  public func dropPage(at address: UInt64) throws(SystemError) {
    guard address < UInt64(mapping.size) else { return }
    try mapping.renewProtection(ofPage: Int(address / UInt64(Mapping.pageSize)))
  }

  /// Demands that no page was lost or changed by a change of the file that it is mapped from.
  ///
  /// - Throws: `SystemError` naming `mmap` and the file.
  public func requireSource() throws(SystemError) { try source?.requireUnchanged() }

  /// The pages that are not all zero.
  ///
  /// Only what the kernel holds for this process is looked at, and what was mapped from a file and
  /// never touched is taken as it is; so this costs what the guest used, not what it was given. (The
  /// kernel gives huge pages where it likes, of which a guest may use one byte: without the look, each
  /// would make 2 MiB.)
  ///
  /// - Throws: `SystemError` naming `open` or `read` and `/proc/self/pagemap`.
  public func usedPages() throws(SystemError) -> RangeSet<Int> {
    let resident = try mapping.residentPages()
    var used: [Range<Int>] = []
    for run in resident.ranges {
      for page in run where !mapping.isZero(page: page) { used.append(page: page) }
    }
    return RangeSet(used).union(RangeSet(mappedPages).subtracting(resident))
  }

  /// Adds pages to the end of a file, straight from RAM, and to a checksum in the same pass.
  ///
  /// Assumes: nothing writes to RAM meanwhile: all vCPUs are stopped.
  ///
  /// - Parameters:
  ///   - pages: Page numbers, below `size / 4096`.
  ///   - file: The file.
  ///   - checksum: The checksum to update.
  /// - Throws: `SystemError` naming `write` and the file.
  public func append(
    _ pages: RangeSet<Int>, to file: inout ReplacementFile, _ checksum: inout CRC32C
  ) throws(SystemError) {
    try file.append(pages, of: mapping, &checksum)
  }
}
