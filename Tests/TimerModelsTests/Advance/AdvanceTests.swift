import Testing
import TimerModels

@Suite("Advance")
struct AdvanceTests {
  @Test("the advance is the least entry less a quarter, and nothing where none was seen")
  func learnt() {
    var advance = Advance(state: AdvanceState(policy: .learnt))
    #expect(advance.nanoseconds == 0)
    advance.note(entry: 9600)
    #expect(advance.nanoseconds == 7200)
    advance.note(entry: 16000)
    #expect(advance.nanoseconds == 7200)
    advance.note(entry: 8000)
    #expect(advance.nanoseconds == 6000)
  }

  @Test("an advance is at most a quarter less than 100 us, however long entries take")
  func limit() {
    let advance = Advance(state: AdvanceState(policy: .learnt, least: 1_000_000))
    #expect(advance.nanoseconds == 75_000)
  }

  @Test("two early entries end the advance", arguments: [AdvancePolicy.learnt, .fixed(12000)])
  func early(policy: AdvancePolicy) {
    var advance = Advance(state: AdvanceState(policy: policy, least: 8000))
    var advances: [UInt64] = []
    for _ in 0..<4 {
      advance.noteEarly()
      advances.append(advance.nanoseconds)
    }
    #expect(advances == [4000, 0, 0, 0])
  }

  @Test("an advance does not begin before time")
  func origin() {
    let advance = Advance(state: AdvanceState(policy: .fixed(.max)))
    let arrival = advance.arrival(for: Instant(nanoseconds: 5))
    #expect(arrival == Arrival(deadline: Instant(nanoseconds: 5), earliest: .origin))
  }

  @Test("an access waits until the clock shows what the timer was told, and no longer")
  func access() {
    let deadline = Instant(nanoseconds: 9)
    var time = TimerTime()
    #expect(time.instant(at: .origin) == .origin)
    let arrival = Arrival(deadline: deadline, earliest: Instant(nanoseconds: 5))
    let told = time.arrive(at: Instant(nanoseconds: 5), for: arrival)
    #expect(told == deadline)
    #expect(time.instant(at: Instant(nanoseconds: 8)) == nil)
    #expect(time.instant(at: deadline) == deadline)
  }
}
