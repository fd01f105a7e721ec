import CTestSupport
import Glibc
import LinuxHost
import Testing

@Suite("Replacing a file")
final class ReplacementFileTests {
  private let folder: String

  init() {
    var template = Array("/tmp/swvmm-test-XXXXXX\0".utf8CString)
    precondition(mkdtemp(&template) != nil, "mkdtemp")
    folder = String(
      decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit { test_remove(folder) }

  private var path: String { folder + "/state" }
  private var partial: String { folder + "/.state.swvmm-partial" }

  private func contents() throws -> String? {
    guard access(path, F_OK) == 0 else { return nil }
    let file = try RegularFile(reading: path)
    return String(decoding: try file.bytes(at: 0, count: Int(file.size)), as: UTF8.self)
  }

  private func replace(_ text: String) throws {
    var file = try ReplacementFile(replacing: path)
    try file.append(Array(text.utf8))
    try file.commit()
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  @Test("the name leads to the old contents until the new ones are committed")
  func commits() throws {
    try replace("old")
    do {
      var file = try ReplacementFile(replacing: path)
      try file.append(Array("new, longer".utf8))
      try file.replace(at: 0, Array("N".utf8))
      #expect(try contents() == "old")
      #expect(exists(partial))
      try file.commit()
    }
    #expect(try contents() == "New, longer")
    #expect(!exists(partial))
  }

  @Test("what is not committed leaves nothing behind")
  func abandons() throws {
    do {
      var file = try ReplacementFile(replacing: path)
      try file.append([1])
    }
    #expect(try contents() == nil)
    #expect(!exists(partial))
  }

  @Test("a killed writer's temporary is taken over, whatever it holds")
  func takesOver() throws {
    try HostFile.write([UInt8](repeating: 7, count: 10_000), to: partial)
    try replace("new")
    #expect(try contents() == "new")
    #expect(!exists(partial))
  }

  @Test("two writers of one file do not meet: the second is told to wait")
  func excludes() throws {
    var first = try ReplacementFile(replacing: path)
    try first.append(Array("first".utf8))
    do {
      try replace("second")
      Issue.record("two writers")
    } catch let error as SystemError {
      #expect(error.errno == .busy)
      #expect("\(error)".contains(partial))
    }
    try first.commit()
    // The lock goes with the file, not with the name: the next writer begins anew.
    try replace("second")
    #expect(try contents() == "second")
  }

  @Test("folders, links and devices are not replaced")
  func refuses() throws {
    try replace("linked to")
    #expect(symlink(path, folder + "/link") == 0)
    #expect(mkfifo(folder + "/pipe", 0o600) == 0)
    for (other, errno) in [("", Errno.isDirectory), ("/link", .exists), ("/pipe", .exists)] {
      do {
        _ = try ReplacementFile(replacing: folder + other)
        Issue.record("replaced \(other)")
      } catch { #expect(error.errno == errno) }
    }
    // Nor is something written through what another process put in the temporary's place.
    #expect(symlink(path, partial) == 0)
    #expect(throws: SystemError.self) { try self.replace("through a symbolic link") }
    unlink(partial)
    #expect(link(path, partial) == 0)
    #expect(throws: SystemError.self) { try self.replace("through a hard link") }
    #expect(try contents() == "linked to")
  }

  @Test("a folder that is not there, and a file that is gone, are named")
  func names() throws {
    do {
      _ = try ReplacementFile(replacing: folder + "/none/state")
      Issue.record("opened")
    } catch {
      #expect(
        "\(error)"
          == "open of \(folder)/none/.state.swvmm-partial: No such file or directory (ENOENT)")
    }
    do {
      _ = try RegularFile(reading: path)
      Issue.record("opened")
    } catch { #expect("\(error)" == "open of \(path): No such file or directory (ENOENT)") }
  }

  @Test("a file that shrinks while it is read is an error")
  func shrinks() throws {
    try replace("0123456789")
    let file = try RegularFile(reading: path)
    #expect(truncate(path, 4) == 0)
    do {
      _ = try file.bytes(at: 2, count: 8)
      Issue.record("read")
    } catch { #expect("\(error)" == "read of \(path): Input/output error (EIO)") }
  }
}
