import TestSupport
import Testing
import TimerModels

@Suite("Counter frequency")
struct CounterFrequencyTests {
  /// The count in exact arithmetic.
  private func exactTicks(_ nanoseconds: UInt64, _ hertz: UInt32) -> UInt128 {
    UInt128(nanoseconds) * UInt128(hertz) / 1_000_000_000
  }

  @Test("The count is exact at any uptime and any frequency")
  func ticksAreExact() throws {
    var random = SplitMix64(seed: 1)
    for _ in 0..<20_000 {
      let frequency = try CounterFrequency.random(&random)
      let now = UInt64.randomMagnitude(&random)
      #expect(
        UInt128(frequency.ticks(at: Instant(nanoseconds: now)))
          == exactTicks(now, frequency.hertz),
        "\(now) ns, \(frequency.hertz) Hz")
    }
  }

  @Test("The instant of a tick is the first at which the count is there, or nil past the last")
  func instantOfTickIsTheFirst() throws {
    var random = SplitMix64(seed: 2)
    var unreachable = 0
    for _ in 0..<20_000 {
      let frequency = try CounterFrequency.random(&random)
      let tick = UInt64.randomMagnitude(&random)
      guard let instant = frequency.instant(ofTick: tick) else {
        #expect(exactTicks(.max, frequency.hertz) < UInt128(tick), "\(tick), \(frequency.hertz) Hz")
        unreachable += 1
        continue
      }
      let comment: Comment = "tick \(tick), \(frequency.hertz) Hz"
      #expect(exactTicks(instant.nanoseconds, frequency.hertz) >= UInt128(tick), comment)
      if instant > .origin {
        let before = exactTicks(instant.nanoseconds - 1, frequency.hertz)
        #expect(before < UInt128(tick), comment)
      }
    }
    #expect(unreachable > 1000)
  }

  @Test("The ends of the ranges: 1 Hz, 1 GHz, the last instant")
  func ends() throws {
    let slow = try CounterFrequency(hertz: 1)
    let fast = try CounterFrequency(hertz: 1_000_000_000)
    #expect(slow.ticks(at: .distantFuture) == 18_446_744_073)
    #expect(fast.ticks(at: .distantFuture) == .max)
    #expect(
      slow.instant(ofTick: 18_446_744_073) == Instant(nanoseconds: 18_446_744_073 * 1_000_000_000))
    #expect(slow.instant(ofTick: 18_446_744_074) == nil)
    #expect(fast.instant(ofTick: .max) == .distantFuture)
  }

  @Test("A frequency outside 1 Hz to 1 GHz is refused", arguments: [0, 1_000_000_001, UInt64.max])
  func refusesOthers(hertz: UInt64) {
    #expect(throws: GenericTimerError.invalidFrequency(hertz: hertz)) {
      try CounterFrequency(hertz: hertz)
    }
  }
}

extension CounterFrequency {
  /// An edge of the range, a usual one, or any.
  static func random(_ random: inout SplitMix64) throws -> CounterFrequency {
    let usual: [UInt64] = [
      1, 2, 3, 999, 32_768, 19_200_000, 62_500_000, 300_000_000, 999_999_937, 1_000_000_000,
    ]
    if random.next() % 2 == 0 {
      return try CounterFrequency(hertz: usual.randomElement(using: &random) ?? 1)
    }
    return try CounterFrequency(hertz: 1 + random.next() % (1_000_000_000 >> (random.next() % 30)))
  }
}

extension UInt64 {
  /// A number of any length in bits, or one close to the largest.
  static func randomMagnitude(_ random: inout SplitMix64) -> UInt64 {
    let value = random.next() >> (random.next() % 64)
    return random.next() % 4 == 0 ? .max - value : value
  }
}
