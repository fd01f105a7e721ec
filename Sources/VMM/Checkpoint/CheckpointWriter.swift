public import KVM
internal import LinuxHost

/// Collects the sections of a checkpoint and writes it, in the format of ``CheckpointFile``.
public struct CheckpointWriter: Sendable {
  private var names: Set<SectionName> = []
  private var sections = SectionWriter()

  /// Begins without sections.
  public init() {}

  /// Adds a section.
  ///
  /// - Parameters:
  ///   - name: Its name, different from the others'.
  ///   - bytes: Its contents.
  public mutating func add(_ name: SectionName, _ bytes: [UInt8]) {
    precondition(names.insert(name).inserted, "two sections \(name)")
    sections.write(name.tag.code)
    sections.write(name.instance)
    sections.write(bytes)
  }

  /// Adds a section.
  ///
  /// - Parameters:
  ///   - name: Its name, different from the others'.
  ///   - body: Writes its contents.
  public mutating func add(_ name: SectionName, _ body: (inout SectionWriter) -> Void) {
    var writer = SectionWriter()
    body(&writer)
    add(name, writer.bytes)
  }

  /// Writes the checkpoint, or leaves what was there before.
  ///
  /// Sections and memory go out in one pass, checksum included; pages are written from where they are.
  /// Assumes: nothing writes to guest memory meanwhile.
  ///
  /// - Parameters:
  ///   - path: The file to make or to replace.
  ///   - memory: Guest memory; its pages that are not zero are written.
  /// - Throws: ``CheckpointFileError/system(_:)`` naming the call and the file.
  public func write(to path: String, memory: borrowing GuestMemory) throws(CheckpointFileError) {
    do throws(SystemError) {
      // Before there is a temporary file, and after all was read: what is lost must not seem to be zero.
      try memory.requireSource()
      let pages = try memory.usedPages()
      var front = sections
      for run in pages.ranges {
        front.write(UInt64(run.lowerBound))
        front.write(UInt64(run.count))
      }
      let end = CheckpointHeader.size + front.bytes.count
      let pagesOffset = (end + Mapping.pageSize - 1) / Mapping.pageSize * Mapping.pageSize
      front.append(repeatElement(0, count: pagesOffset - end))
      let count = pages.ranges.reduce(0) { $0 + $1.count }

      var checksum = CRC32C()
      checksum.update(front.bytes)
      var file = try ReplacementFile(replacing: path)
      try file.append([UInt8](repeating: 0, count: CheckpointHeader.size) + front.bytes)
      try memory.append(pages, to: &file, &checksum)
      try memory.requireSource()
      let header = CheckpointHeader(
        sectionCount: UInt32(names.count), runCount: UInt32(pages.ranges.count),
        pagesOffset: UInt64(pagesOffset), length: UInt64(pagesOffset + count * Mapping.pageSize),
        memorySize: UInt64(memory.size), checksum: checksum.value)
      try file.replace(at: 0, header.bytes)
      try file.commit()
    } catch { throw .system(error) }
  }
}
