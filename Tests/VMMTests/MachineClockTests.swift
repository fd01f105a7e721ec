import LinuxHost
import Testing
import TimerModels

@testable import VMM

/// Clocks near both ends of time, which a checkpoint may name.
@Suite("Machine clocks")
struct MachineClockTests {
  private static let edges: [UInt64] = [
    0, 1, 1 << 62 - 1, 1 << 62, 1 << 63 - 1, 1 << 63, .max - 1, .max,
  ]

  @Test("a clock set to any instant continues from there, to the end of time and no further")
  func host() {
    for edge in Self.edges {
      let instant = Instant(nanoseconds: edge)
      let before = MonotonicClock.now()
      let clock = HostClock(showing: instant)
      let after = MonotonicClock.now()
      #expect(clock.now() >= instant && clock.now() >= clock.instant(ofHostTime: before))
      for time in Self.edges + [before, after] {
        let shown = clock.instant(ofHostTime: time)
        #expect(shown >= instant)
        #expect(time > after ? shown > instant || edge == .max : time > before || shown == instant)
        // The host's time of what is shown then: not before, unless time has ended.
        #expect(shown == .distantFuture || clock.hostTime(of: shown) >= min(time, before))
        #expect(clock.hostTime(of: Instant(nanoseconds: time)) <= .max)
      }
      #expect((before...after).contains(clock.hostTime(of: instant)))
    }
    #expect(HostClock().hostTime(of: Instant(nanoseconds: 7)) == 7)
  }

  @Test("virtual time stands still at its end")
  func virtual() {
    let clock = VirtualClock(showing: Instant(nanoseconds: .max - 5))
    clock.advance(by: 1000)
    #expect(clock.now() == .distantFuture)
    clock.jump(to: .origin)
    clock.advance(by: .max)
    #expect(clock.now() == .distantFuture)
  }

  @Test("a machine at any time is saved, and brought back up to 146 years with the time since")
  func record() throws {
    for edge in Self.edges {
      var saved = MachineRecord()
      saved.now = Instant(nanoseconds: edge)
      var writer = SectionWriter()
      saved.carry(by: &writer)
      var reader = SectionReader(writer.bytes, of: "MACH")
      var read = MachineRecord()
      try read.carry(by: &reader)
      #expect(read == saved)
      for passed in Self.edges {
        var record = MachineRecord()
        record.now = Instant(nanoseconds: edge)
        record.tscKilohertz = .max
        let (sum, overflow) = edge.addingReportingOverflow(passed)
        if !overflow && sum < 1 << 62 {
          try record.letPass(passed)
          #expect(record.now.nanoseconds == sum)
        } else {
          let error = #expect(throws: CheckpointFileError.self) { try record.letPass(passed) }
          #expect(error?.description.contains("later than 146 years") == true)
        }
      }
    }
  }
}
