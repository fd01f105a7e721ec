import LinuxHost
import Testing
import TimerModels

@testable import VMM

/// What the guest's stamps say of entries; a TSC of 1 GHz, whose cycles are nanoseconds.
@Suite("Entry log")
struct EntryLogTests {
  private var log = EntryLog(kilohertz: 1_000_000, guestOffset: 0)
  private var advance = Advance(state: AdvanceState(policy: .learnt))

  /// Records of handlers that began then, by the guest's TSC.
  private func records(_ handlers: UInt64...) -> ArraySlice<UInt8> {
    var bytes: [UInt8] = []
    for handler in handlers {
      for field in [0, handler, 0, 0] {
        for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: field >> UInt64(8 * byte))) }
      }
    }
    return bytes[...]
  }

  /// An entry to a deadline that is so many nanoseconds away; the TSC no earlier than when it began.
  private mutating func enter(_ distance: UInt64) -> UInt64 {
    log.note(Instant(nanoseconds: 1000 + distance), at: Instant(nanoseconds: 1000))
    return HostTSC.now()
  }

  @Test("a handler that runs before the deadline by its own clock is early")
  mutating func early() {
    let begun = enter(1_000_000_000)
    log.judge(records(begun + 100), &advance)
    #expect(advance.state.earlyEntries == 1)
    #expect((100...50_000_000).contains(advance.state.least ?? 0))
  }

  @Test("a handler that runs after it is not, and the least entry counts")
  mutating func onTime() {
    let begun = enter(10)
    log.judge(records(begun + 1_000_000_000, begun + 2_000_000_000), &advance)
    #expect(advance.state.earlyEntries == 0)
    #expect((1_000_000_000...1_050_000_000).contains(advance.state.least ?? 0))
  }

  @Test("a handler before every entry, and records that are cut off, say nothing")
  mutating func nothing() {
    let begun = enter(10)
    log.judge(records(begun - 1_000_000_000), &advance)
    #expect(advance.state == AdvanceState(policy: .learnt))
    _ = enter(10)
    log.judge(records(begun).dropLast(), &advance)
    #expect(advance.state == AdvanceState(policy: .learnt))
  }
}
