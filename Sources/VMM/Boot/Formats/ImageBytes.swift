internal import KVM
internal import LinuxHost

/// An image's bytes, where they are.
///
/// *Why a file is not read whole:* its size is its author's to say. So only what checked headers name is
/// read, and what is loaded goes straight into RAM.
enum ImageBytes: Sendable {
  /// All of them.
  case memory([UInt8])
  /// A file's, read when they are asked for.
  case file(OpenFile)

  /// A file that copies of an image share.
  final class OpenFile: Sendable {
    let file: RegularFile
    init(_ file: consuming RegularFile) { self.file = file }
  }

  /// How many there are.
  var count: UInt64 {
    switch self {
    case .memory(let bytes): UInt64(bytes.count)
    case .file(let open): open.file.size
    }
  }

  /// Demands that a range lies among them; an empty one does, wherever it says that it is.
  ///
  /// - Parameters:
  ///   - what: What is there, for the message.
  ///   - offset: Where it begins.
  ///   - count: Its bytes.
  /// - Returns: The range.
  /// - Throws: ``ImageError/truncated(_:end:fileSize:)``.
  func range(
    of what: @autoclosure () -> String, at offset: UInt64, count: UInt64
  ) throws(ImageError) -> Range<UInt64> {
    guard count > 0 else { return 0..<0 }
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard !overflow && end <= self.count else {
      throw .truncated(what(), end: overflow ? .max : end, fileSize: self.count)
    }
    return offset..<end
  }

  /// Copies bytes.
  ///
  /// - Parameter range: Which; they exist.
  /// - Returns: The bytes.
  /// - Throws: ``ImageError/unreadable(_:)``.
  func bytes(in range: Range<UInt64>) throws(ImageError) -> [UInt8] {
    switch self {
    case .memory(let bytes): return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    case .file(let open):
      do { return try open.file.bytes(at: range.lowerBound, count: range.count) } catch {
        throw .unreadable(error)
      }
    }
  }

  /// Demands that a file was not changed in place since it was opened.
  ///
  /// - Throws: ``ImageError/changed``, or ``ImageError/unreadable(_:)``.
  func requireUnchanged() throws(ImageError) {
    guard case .file(let open) = self else { return }
    let isUnchanged: Bool
    do { isUnchanged = try open.file.isUnchanged() } catch { throw .unreadable(error) }
    guard isUnchanged else { throw .changed }
  }

  /// Copies bytes into RAM.
  ///
  /// - Parameters:
  ///   - range: Which; they exist.
  ///   - memory: Where to.
  ///   - address: The first one's address; the others fit behind it.
  /// - Throws: ``ImageError/unreadable(_:)``.
  func copy(
    _ range: Range<UInt64>, into memory: borrowing GuestMemory, at address: UInt64
  ) throws(ImageError) {
    guard !range.isEmpty else { return }
    switch self {
    case .memory:
      let isInside = memory.write(try bytes(in: range), at: address)
      precondition(isInside, "segments are checked before they are copied")
    case .file(let open):
      do {
        try memory.read(range.count, from: open.file, at: range.lowerBound, to: address)
      } catch { throw .unreadable(error) }
    }
  }
}
