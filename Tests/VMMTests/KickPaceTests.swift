import Testing

@testable import VMM

/// Kicks of a thread that takes its time to return from a signal.
@Suite struct KickPaceTests {
  /// A thread that has missed the first kick, at 0, and ends as soon as it executes one instruction.
  ///
  /// - Parameter signalTime: What a signal takes, from its handler to the next instruction, in nanoseconds; one that
  ///   comes meanwhile is delivered after it.
  /// - Returns: When it ends; nil if it has not after an hour.
  private func end(ofThreadWith signalTime: UInt64) -> UInt64? {
    var pace = KickPace(kickedAt: 0)
    // It is where it was when it missed the kick, and another gets it out.
    var (isBlocked, isPending) = (true, false)
    var returnsAt: UInt64 = 0
    while pace.next < 3_600_000_000_000 {
      if isPending && returnsAt <= pace.next {
        returnsAt += signalTime
        isPending = false
      }
      if !isBlocked && !isPending && returnsAt < pace.next { return returnsAt }
      let now = pace.next
      guard pace.isDue(at: now) else { return nil }
      if isBlocked { returnsAt = now + signalTime } else { isPending = true }
      isBlocked = false
    }
    return nil
  }

  @Test(arguments: [1000, 10_000_000, 20_000_000, 25_000_000, 1_000_000_000, 7_000_000_000])
  func `a thread ends, however long it takes to return from a signal`(signalTime: UInt64) throws {
    let end = try #require(self.end(ofThreadWith: signalTime))
    #expect(end <= KickPace.firstSpan + 8 * signalTime)
  }

  @Test func `a thread that misses kicks gets more of them`() {
    var pace = KickPace(kickedAt: 0)
    var kicks: [UInt64] = []
    for now in stride(from: 0, to: UInt64(400_000_000), by: 1_000_000) where pace.isDue(at: now) {
      kicks.append(now / 1_000_000)
    }
    #expect(kicks == [10, 30, 70, 150, 310])
  }
}
