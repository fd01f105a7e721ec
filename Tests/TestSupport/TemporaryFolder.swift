import CTestSupport
import Glibc

/// A folder of one test, removed when the value goes.
public struct TemporaryFolder: ~Copyable {
  /// The folder's own.
  public let path: String

  /// - Parameter inMemory: Whether it is to be in memory, where the host has a place for that: what is made
  ///   durable there costs no disk's time.
  public init(inMemory: Bool = false) {
    let parent = inMemory && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
    var template = Array("\(parent)/swvmm-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "mkdtemp")
    path = String(decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { test_remove(path) }

  /// Writes a file into it.
  ///
  /// - Returns: The file's path.
  public func file(_ name: String, _ bytes: [UInt8]) -> String {
    let path = "\(path)/\(name)"
    let file = fopen(path, "w")
    precondition(file != nil, path)
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
    return path
  }
}
