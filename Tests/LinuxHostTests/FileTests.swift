import CTestSupport
import Glibc
import LinuxHost
import Synchronization
import Testing

/// Files that users name, and what may become of them.
@Suite("Files")
struct FileTests {
  private let folder: String

  init() {
    var template = Array("/tmp/swvmm-test-XXXXXX\0".utf8CString)
    precondition(mkdtemp(&template) != nil, "mkdtemp")
    folder = String(
      decoding: template.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  @Test("a file is read up to a limit, and no byte of a larger one")
  func limit() throws {
    let path = folder + "/file"
    try HostFile.write([UInt8](repeating: 7, count: 100_000), to: path)
    #expect(try HostFile.contents(of: path, limit: 100_000)?.count == 100_000)
    #expect(try HostFile.contents(of: path, limit: 99_999) == nil)
    // A terabyte of holes: by its size.
    #expect(truncate(path, 1 << 40) == 0)
    #expect(try HostFile.contents(of: path, limit: 1 << 20) == nil)
    #expect(try HostFile.contents(of: "/proc/self/status", limit: 1 << 20)?.isEmpty == false)
  }

  @Test("devices and folders are refused, for each user")
  func devices() {
    for path in ["/dev/zero", "/dev/urandom", "/dev/null", "/"] {
      #expect(throws: SystemError.self) { try HostFile.contents(of: path, limit: 1 << 20) }
      #expect(throws: SystemError.self) { _ = try FileReader(path: path, patience: 0) }
      #expect(throws: SystemError.self) { _ = try RegularFile(reading: path) }
    }
  }

  @Test("a pipe is read to its end, up to a limit; one without a writer, up to a deadline")
  func pipes() throws {
    let path = folder + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    guard case .pipe(let pipe) = try InputFile(opening: path) else {
      Issue.record("\(path) is a pipe")
      return
    }
    let writer = open(path, O_RDWR)
    for _ in 1...2 {
      let errors = [
        #expect(throws: SystemError.self) {
          try pipe.contents(limit: 10, until: MonotonicClock.now() + 1_000_000)
        },
        #expect(throws: SystemError.self) {
          try FileReader(path: path, patience: 1_000_000).next()
        },
        // Where another reader has been faster, a pipe that was readable is not.
        #expect(throws: SystemError.self) {
          try OwnedDescriptor(opening: path, flags: O_RDONLY | O_NONBLOCK)
            .read(upTo: 10, until: MonotonicClock.now() + 1_000_000)
        },
      ]
      #expect(errors.map { $0?.errno } == [.timedOut, .timedOut, .timedOut])
    }
    close(writer)
    for (count, isRead) in [(10, true), (11, false)] {
      let writer = open(path, O_WRONLY)
      #expect(write(writer, [UInt8](repeating: 1, count: count), count) == count)
      close(writer)
      #expect(try pipe.contents(limit: 10) == (isRead ? [UInt8](repeating: 1, count: 10) : nil))
    }
  }

  @Test("a pipe that nothing reads is not written, and one that is read gets all")
  func writtenPipes() throws {
    let path = folder + "/written"
    #expect(mkfifo(path, 0o600) == 0)
    let error = #expect(throws: SystemError.self) { try HostFile.write([1, 2, 3], to: path) }
    #expect(error?.errno == .noSuchDevice && error?.advice?.contains("reader") == true)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try HostFile.write([1, 2, 3], to: path)
    var bytes = [UInt8](repeating: 0, count: 4)
    #expect(read(reader, &bytes, 4) == 3 && bytes == [1, 2, 3, 0])
  }

  @Test("what a file system says of its loss only at close(2) is an error")
  func closedWithLoss() throws {
    let path = folder + "/lost"
    let text = Mutex("")
    let thread = try HostThread(named: "lost") {
      // close(2), as where the file is another host's.
      guard test_fail_call(3, UInt32(EDQUOT)) == 0 else { return }
      do throws(SystemError) { try HostFile.write([1, 2, 3], to: path) } catch {
        text.withLock { $0 = "\(error)" }
      }
    }
    thread.join()
    #expect(text.withLock { $0 }.hasPrefix("close of \(path): Disk quota exceeded (EDQUOT)"))
  }

  @Test("pages are read where their runs say, and holes take no memory")
  func holes() throws {
    let (path, page) = (folder + "/pages", Mapping.pageSize)
    let count = 1000
    var bytes = [UInt8](repeating: 0, count: count * page)
    for (number, byte) in [(0, UInt8(1)), (255, 2), (256, 3), (999, 4)] {
      bytes[number * page + page - 1] = byte
    }
    try HostFile.write([9] + [UInt8](repeating: 9, count: page - 1) + bytes, to: path)
    let runs = RangeSet((0..<count).map { 2 * $0..<2 * $0 + 1 })
    var mapping = try Mapping(anonymous: 2 * count * page)
    try mapping.read(runs, from: RegularFile(reading: path), at: UInt64(page))
    for (number, byte) in [(0, UInt8(1)), (255, 2), (256, 3), (999, 4)] {
      #expect(mapping.bytes(at: UInt64((2 * number + 1) * page - 1), count: 1) == [byte])
    }
    let touched = try mapping.residentPages()
    // A huge page may hold 512.
    #expect(touched.ranges.reduce(0) { $0 + $1.count } <= 4 * 512)
    for number in [0, 255, 256, 999] { #expect(touched.contains(2 * number)) }
  }

  @Test("a file that was changed in place is not what it was; one that was replaced is")
  func changes() throws {
    let path = folder + "/file"
    try HostFile.write([1, 2, 3], to: path)
    let file = try RegularFile(reading: path)
    try file.duplicate().requireUnchanged()
    try HostFile.write([4, 5, 6], to: path + "2")
    #expect(rename(path + "2", path) == 0)
    try file.requireUnchanged()
    let other = try RegularFile(reading: path)
    #expect(truncate(path, 2) == 0)
    #expect(throws: SystemError.self) { try other.requireUnchanged() }
    #expect(throws: SystemError.self) { try other.duplicate().requireUnchanged() }
  }

  @Test("the checksum of a file is that of its bytes, wherever its holes are")
  func checksum() throws {
    var byTable = CRC32C()
    byTable.update([UInt8](repeating: 0, count: 70_001))
    var byPower = CRC32C()
    byPower.update(zeros: 70_001)
    #expect(byTable == byPower)
    let path = folder + "/file"
    for size in [1, 4096, 65_536, 1_000_000, (16 << 20) + 5, 40 << 20] {
      for places in [[], [0], [size - 1], [size / 2], [0, size / 3, size / 2, size - 1]] {
        _ = unlink(path)
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        #expect(ftruncate(file, size) == 0)
        var bytes = [UInt8](repeating: 0, count: size)
        for place in places {
          bytes[place] = 7
          #expect(pwrite(file, [UInt8(7)], 1, place) == 1)
        }
        close(file)
        for offset in [0, 64, size] where offset <= size {
          var (whole, parts) = (CRC32C(), CRC32C())
          whole.update(Array(bytes[offset...]))
          try RegularFile(reading: path).update(&parts, from: UInt64(offset))
          #expect(whole == parts, "\(size) bytes from \(offset), \(places)")
        }
      }
    }
  }
}
