import Testing
import TimerModels

@Suite("CP0 Status and Cause")
struct CP0RegisterTests {
  @Test("The timer interrupt is taken with IE and IM7 set, EXL and ERL clear, and TI pending")
  func truthTable() {
    for bits in UInt8(0)..<32 {
      func bit(_ number: Int) -> Bool { bits >> number & 1 == 1 }
      var status: CP0Status = []
      if bit(0) { status.insert(.interruptEnable) }
      if bit(1) { status.insert(.exceptionLevel) }
      if bit(2) { status.insert(.errorLevel) }
      if bit(3) { status.insert(.interruptMask7) }
      var timer = CountCompareTimer(at: .origin)
      if bit(4) { timer.raiseTimerInterrupt() }
      #expect(
        status.wouldTakeInterrupt(cause: timer.state.cause) == (bits & 0b11111 == 0b11001),
        "\(bits)")
    }
  }

  @Test("A pending bit needs its own mask bit")
  func masks() {
    let enabled = CP0Status.interruptEnable.rawValue
    for pending in 0..<8 {
      for mask in 0..<8 {
        let status = CP0Status(rawValue: enabled | 1 << (8 + mask))
        let cause = CP0Cause(rawValue: 1 << (8 + pending))
        #expect(status.wouldTakeInterrupt(cause: cause) == (mask == pending))
      }
    }
  }

  @Test("The bits are where the architecture has them")
  func positions() {
    #expect(CP0Cause.timerInterrupt.rawValue == 0x4000_0000)
    #expect(CP0Cause.disableCount.rawValue == 0x0800_0000)
    #expect(CP0Cause.interruptVector.rawValue == 0x0080_0000)
    #expect(CP0Cause.pending7.rawValue == 0x8000)
    #expect(CP0Cause.guestWritable.rawValue == 0x0880_0300)
    #expect(CP0Status.interruptMask7.rawValue == 0x8000)
    #expect(CP0Status.interruptEnable.rawValue == 1)
    #expect(CP0Status.exceptionLevel.rawValue == 2)
    #expect(CP0Status.errorLevel.rawValue == 4)
  }
}
