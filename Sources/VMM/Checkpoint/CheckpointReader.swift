internal import KVM

/// A checkpoint whose sections are handed to the parts of a machine.
///
/// *Guarantee:* a part that finds no section is an error, and so is a section that no part asked for:
/// nothing is left out silently.
struct CheckpointReader: ~Copyable {
  let file: CheckpointFile
  private var unread: Set<SectionName>

  init(reading path: String) throws(CheckpointError) {
    do { file = try CheckpointFile(reading: path) } catch { throw .file(error) }
    unread = Set(file.sections)
  }

  /// Whether there is such a section that nothing has asked for.
  func contains(_ name: SectionName) -> Bool { unread.contains(name) }

  /// Leaves a section to those who look at the file itself, if there is one.
  mutating func passOver(_ name: SectionName) { unread.remove(name) }

  /// A section as bytes.
  mutating func bytes(of name: SectionName) throws(CheckpointError) -> [UInt8] {
    unread.remove(name)
    do { return try file.bytes(of: name) } catch { throw .file(error) }
  }

  /// Reads a section, all of it.
  mutating func read(
    _ tag: SectionTag, _ instance: Int = 0,
    _ body: (inout SectionReader) throws(CheckpointFileError) -> Void
  ) throws(CheckpointError) {
    let name = SectionName(tag, UInt32(instance))
    unread.remove(name)
    do { try file.read(name, body) } catch { throw .file(error) }
  }

  /// Refuses what was not asked for.
  func finish() throws(CheckpointError) {
    guard let name = file.sections.first(where: unread.contains) else { return }
    throw .file(.badSection(name, reason: "belongs to no part of the machine"))
  }
}
