internal import Glibc

/// A folder that is being made: it is there with all of its files, or not at all.
///
/// *Why no folder of another name that is renamed at the end:* rename(2) replaces an empty folder that
/// another program made meanwhile.
public struct NewFolder: ~Copyable {
  private let path: String
  private var files: [String] = []
  private var isKept = false

  /// Makes a folder where nothing is.
  ///
  /// - Parameter path: The folder's path.
  /// - Throws: ``SystemError`` naming `mkdir` and the path; `EEXIST` if something is there.
  public init(creating path: String) throws(SystemError) {
    // SAFETY: mkdir(2) reads the path during the call.
    guard unsafe mkdir(path, 0o777) == 0 else {
      let errno = Errno.last
      let advice: [Errno: String] = [
        .exists: "choose another name, or remove what is there",
        .notFound: "make the folder that it is to be in first",
      ]
      throw SystemError(call: "mkdir", on: path, errno: errno, advice: advice[errno])
    }
    self.path = path
  }

  /// Writes a file into it.
  ///
  /// - Parameters:
  ///   - name: The file's name.
  ///   - bytes: What is in it.
  /// - Returns: The file's path.
  /// - Throws: ``SystemError`` naming `open` or `write`, and the path.
  @discardableResult
  public mutating func add(_ name: String, _ bytes: [UInt8]) throws(SystemError) -> String {
    let file = expect(name)
    try HostFile.write(bytes, to: file)
    return file
  }

  /// Counts a file that another program writes into it as one of its own.
  ///
  /// - Parameter name: The file's name.
  /// - Returns: The file's path.
  public mutating func expect(_ name: String) -> String {
    let file = path + "/" + name
    files.append(file)
    return file
  }

  /// Leaves the folder as it is.
  public consuming func keep() { isKept = true }

  /// Takes away what was made, unless it is kept; what others put there stays.
  deinit {
    guard !isKept else { return }
    // SAFETY: unlink(2) and rmdir(2) read paths during the calls.
    for file in files { _ = unsafe unlink(file) }
    _ = unsafe rmdir(path)
  }
}
