import Testing
import TimerModels

@Suite("Advance")
struct AdvanceTests {
  @Test("the advance is the least entry less an eighth, and nothing where none was seen")
  func learnt() {
    var advance = Advance(state: AdvanceState(policy: .learnt))
    #expect(advance.nanoseconds == 0)
    advance.note(entry: 9600)
    #expect(advance.nanoseconds == 8400)
    advance.note(entry: 16000)
    #expect(advance.nanoseconds == 8400)
    advance.note(entry: 8000)
    #expect(advance.nanoseconds == 7000)
  }

  @Test("an advance is at most an eighth less than 100 us, however long entries take")
  func limit() {
    let advance = Advance(state: AdvanceState(policy: .learnt, least: 1_000_000))
    #expect(advance.nanoseconds == 87_500)
  }

  @Test("three early entries end the advance", arguments: [AdvancePolicy.learnt, .fixed(12000)])
  func early(policy: AdvancePolicy) {
    var advance = Advance(state: AdvanceState(policy: policy, least: 8000))
    var advances: [UInt64] = []
    for _ in 0..<4 {
      advance.noteEarly()
      advances.append(advance.nanoseconds)
    }
    #expect(advances == [6000, 4000, 0, 0])
  }

  @Test("an advance does not begin before time")
  func origin() {
    let advance = Advance(state: AdvanceState(policy: .fixed(.max)))
    let arrival = advance.arrival(for: Instant(nanoseconds: 5))
    #expect(arrival == Arrival(deadline: Instant(nanoseconds: 5), earliest: .origin))
  }
}
