internal import Glibc

/// A name for a file that others may write and replace, in a folder that goes with it.
public struct ScratchFile: ~Copyable {
  private let folder: String

  /// Makes the folder, in memory where the host has such a place.
  ///
  /// - Throws: ``SystemError`` naming `mkdtemp`.
  public init() throws(SystemError) {
    // SAFETY: the call reads a text that lives until it returns.
    let root = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(root)/swvmm-XXXXXX".utf8CString)
    // SAFETY: the call changes the six last characters before the 0 of an array of this function's.
    let isMade = unsafe template.withUnsafeMutableBufferPointer { text in
      guard let start = text.baseAddress else { return false }
      return unsafe mkdtemp(start) != nil
    }
    guard isMade else { throw SystemError(call: "mkdtemp", on: root, errno: .last) }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The file's path; nothing is there until it is written.
  public var path: String { folder + "/file" }

  deinit {
    // SAFETY: the calls read a text that lives until they return. That there is no file is no failure.
    _ = unsafe unlink(folder + "/file")
    _ = unsafe rmdir(folder)
  }
}
