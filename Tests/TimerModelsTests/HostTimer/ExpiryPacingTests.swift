import Testing
import TimerModels

@Suite("Expiry pacing")
struct ExpiryPacingTests {
  @Test("expiries of a storm keep to the rate in every span, and a slow timer is never held up")
  func storm() {
    var pacing = ExpiryPacing()
    var (now, expiries): (Instant, [UInt64]) = (Instant(nanoseconds: 1 << 40), [])
    for _ in 0..<500 {
      now = max(now, pacing.expiry(for: now.adding(nanoseconds: 1000)))
      expiries.append(now.nanoseconds)
      pacing.noteExpiry(at: now)
    }
    for (index, first) in expiries.enumerated() {
      for (count, last) in expiries[index...].enumerated() {
        #expect(UInt64(count) < (last - first) / pacing.spacing + pacing.burst + 1)
      }
    }
    let deferrals = pacing.deferrals
    #expect(deferrals > 450)
    for _ in 0..<1000 {
      now = now.adding(nanoseconds: 1_000_000)
      #expect(pacing.expiry(for: now) == now)
      pacing.noteExpiry(at: now)
    }
    #expect(pacing.deferrals == deferrals)
  }

  @Test(
    "ten expiries come at once, the next one every 50 us, and an alarm that is not held up is not counted"
  )
  func burst() {
    var pacing = ExpiryPacing()
    let now = Instant(nanoseconds: 1_000_000)
    for _ in 0..<10 {
      #expect(pacing.expiry(for: now) == now)
      pacing.noteExpiry(at: now)
    }
    #expect(pacing.deferrals == 0)
    #expect(pacing.expiry(for: now) == now.adding(nanoseconds: 50_000))
    #expect(pacing.deferrals == 1)
  }

  @Test("a timer that expires at the origin of time has no burst before it")
  func origin() {
    var pacing = ExpiryPacing()
    pacing.noteExpiry(at: .origin)
    #expect(pacing.earliest == Instant(nanoseconds: 50_000))
  }
}
