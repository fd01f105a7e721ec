import Glibc
import Testing

@testable import LinuxHost

@Suite("Descriptors", .serialized)
struct DescriptorTests {
  @Test("a descriptor is open while its owner lives and closed once it is gone")
  func closing() throws {
    let number: Int32
    do {
      let owner = try OwnedDescriptor(opening: "/dev/null", flags: O_RDONLY)
      number = owner.number
      #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
    }
    #expect(fcntl(number, F_GETFD) == -1)
  }

  @Test("closing what an owner owns behind its back is a trap, not a silence")
  func closingTwice() async {
    await #expect(processExitsWith: .failure) {
      let owner = try OwnedDescriptor(opening: "/dev/null", flags: O_RDONLY)
      close(owner.number)
    }
  }

  @Test("a file that cannot be opened is named, with errno and its meaning")
  func openFailure() {
    #expect {
      _ = try OwnedDescriptor(opening: "/nowhere/at/all", flags: O_RDONLY)
    } throws: { error in
      "\(error)" == "open of /nowhere/at/all: No such file or directory (ENOENT)"
    }
  }

  @Test("every code of errno has its symbol, and a number that is none is shown")
  func names() {
    // 41 and 58 were never given out.
    for number in 1...133 where number != 41 && number != 58 {
      let name = Errno(rawValue: Int32(number)).name
      #expect(name.hasPrefix("E") && !name.contains(" "), "\(number): \(name)")
    }
    #expect(Errno(rawValue: ELOOP).name == "ELOOP" && Errno(rawValue: 4095).name == "errno 4095")
  }

  @Test(
    "a wait for more descriptors than the limit on open files is an error with advice, and fewer are watched"
  )
  func loweredLimit() async {
    await #expect(processExitsWith: .success) {
      let event = try EventDescriptor()
      let number = event.descriptor.number
      event.raise()
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      limit.rlim_cur = 2
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      #expect(try Poller.wait(for: [-1, number, -1, number]) == [.descriptor(1), .descriptor(3)])
      #expect {
        _ = try Poller.wait(for: [number, number, -1, number])
      } throws: {
        "\($0)"
          == "ppoll of 3 descriptors: Invalid argument (EINVAL): raise the limit on open files (ulimit -n)"
      }
      #expect {
        _ = try InputFile(opening: "-")
      } throws: {
        "\($0)"
          == "fcntl of standard input: Too many open files (EMFILE): raise the limit on open files (ulimit -n)"
      }
      limit.rlim_cur = 0
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      Poller.waitOrPause(for: number)
      Poller.pause(until: MonotonicClock.now() + 1000)
      // Waiting for bytes is not spinning.
      event.clear()
      let start = clock()
      #expect(throws: SystemError.self) {
        try event.descriptor.read(upTo: 8, until: MonotonicClock.now() + 200_000_000)
      }
      #expect(clock() - start < 100_000)
    }
  }

  @Test("an event counts what was raised and is empty after it was taken")
  func event() throws {
    let event = try EventDescriptor()
    let number = event.descriptor.number
    let before = event.clear()
    event.raise()
    event.raise()
    #expect(try Poller.wait(for: [number, -1, -1, -1]) == .descriptor(0))
    let counts = [before, event.clear(), event.clear()]
    #expect(counts == [0, 2, 0])
  }

  @Test(
    "a timer fires at once for any deadline that has passed, the one that would disarm included",
    arguments: [0, 1, 1_000_000_000] as [UInt64])
  func pastDeadline(deadline: UInt64) throws {
    let timer = try TimerDescriptor()
    let number = timer.descriptor.number
    timer.arm(at: deadline)
    #expect(
      try Poller.wait(for: [number, -1, -1, -1], until: MonotonicClock.now() + .second)
        == .descriptor(0))
    let expiries = [timer.clear(), timer.clear()]
    #expect(expiries == [true, false])
  }

  @Test("a timer never fires early, and never for a deadline beyond all time")
  func futureDeadline() throws {
    let timer = try TimerDescriptor()
    let number = timer.descriptor.number
    let deadline = MonotonicClock.now() + .second / 100
    timer.arm(at: deadline)
    _ = try Poller.wait(for: [number, -1, -1, -1])
    #expect(MonotonicClock.now() >= deadline)
    timer.arm(at: .max)
    #expect(
      try Poller.wait(
        for: [number, -1, -1, -1], until: MonotonicClock.now() + .second / 100)
        == [])
  }

  @Test("disarming forgets an expiry that nobody has read")
  func disarming() throws {
    let timer = try TimerDescriptor()
    let number = timer.descriptor.number
    timer.arm(at: 1)
    _ = try Poller.wait(for: [number, -1, -1, -1])
    timer.disarm()
    let hasExpired = timer.clear()
    #expect(!hasExpired)
  }
}

@Suite("Mappings")
struct MappingTests {
  @Test("a mapping holds what was written where it was written, and nothing beyond its end")
  func contents() throws {
    let mapping = try Mapping(anonymous: 4096)
    let wrote = mapping.write([1, 2, 3], at: 4093)
    #expect(wrote)
    let there: [([UInt8], UInt64)] = [([1, 2, 3], 4093), ([0, 1, 2], 4092), ([], 4096)]
    for (bytes, offset) in there {
      let isHeld = mapping.holds(bytes, at: offset)
      #expect(isHeld, "at \(offset)")
    }
    let absent: [([UInt8], UInt64)] =
      [([1, 2, 4], 4093), ([1, 2, 3], 4092), ([1, 2, 3, 0], 4093), ([0], .max), ([], 4097)]
    for (bytes, offset) in absent {
      let isHeld = mapping.holds(bytes, at: offset)
      #expect(!isHeld, "at \(offset)")
    }
  }

  @Test("copies inside the region work at its very ends")
  func inside() throws {
    let mapping = try Mapping(anonymous: 8192)
    let wrote = [mapping.write([1, 2, 3], at: 8189), mapping.write([], at: 8192)]
    let end = mapping.bytes(at: 8188, count: 4)
    let all = mapping.bytes(at: 0, count: 8192)
    #expect(wrote == [true, true])
    #expect(end == [0, 1, 2, 3])
    #expect(all?.count == 8192)
  }

  @Test(
    "no range outside the region is touched, whatever the numbers",
    arguments: [
      (8192, 1), (8190, 3), (.max, 1), (.max, 2), (.max - 1, 8192), (1 << 63, 1), (0, 8193),
      (0, -1), (0, .max), (.max, .max),
    ] as [(UInt64, Int)])
  func outside(offset: UInt64, count: Int) throws {
    let mapping = try Mapping(anonymous: 8192)
    let bytes = mapping.bytes(at: offset, count: count)
    #expect(bytes == nil)
    if (1...8193).contains(count) {
      let wrote = mapping.write([UInt8](repeating: 0xff, count: count), at: offset)
      let all = mapping.bytes(at: 0, count: 8192)
      #expect(!wrote)
      #expect(all?.allSatisfy { $0 == 0 } == true)
    }
  }
}

extension UInt64 {
  /// A second in nanoseconds.
  fileprivate static let second: UInt64 = 1_000_000_000
}
