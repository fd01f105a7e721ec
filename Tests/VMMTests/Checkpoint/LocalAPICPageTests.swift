import KVM
import TestSupport
import Testing

@Suite("A local APIC's page")
struct LocalAPICPageTests {
  private static let vector = 0x65

  private func page(
    timer: UInt32, initial: UInt32, current: UInt32, requested: [Int] = []
  ) -> LocalAPICPage {
    var bytes = [UInt8](repeating: 0, count: 1024)
    bytes.set(0x320, timer)
    bytes.set(0x380, initial)
    bytes.set(0x390, current)
    for vector in requested {
      bytes[0x200 + vector / 32 * 16 + vector % 32 / 8] |= 1 << UInt8(vector % 8)
    }
    return LocalAPICPage(bytes)
  }

  /// Bits 18:17 of the local vector, and 16, the mask.
  static let timers: [(mode: UInt32, isOneShot: Bool, hasCount: Bool)] = [
    (0, true, true), (1 << 16, true, true), (1 << 17, false, true), (3 << 16, false, true),
    (2 << 17, false, false), (3 << 17, false, true),
  ]

  @Test("TMICT becomes 0 for a one-shot that has run out, and for nothing else", arguments: timers)
  func stopSpentTimer(timer: (mode: UInt32, isOneShot: Bool, hasCount: Bool)) {
    for (initial, current) in [(0, 0), (1, 0), (1, 1), (0x8000_0000, 0), (0x100, 0x100)]
      as [(UInt32, UInt32)]
    {
      let before = page(timer: timer.mode | 0x65, initial: initial, current: current)
      #expect(before.hasRunOut == (timer.hasCount && initial != 0 && current == 0))
      var after = before
      after.stopSpentTimer()
      let isStopped = timer.isOneShot && initial != 0 && current == 0
      #expect(
        after
          == (isStopped ? page(timer: timer.mode | 0x65, initial: 0, current: 0) : before),
        "TMICT \(initial), TMCCT \(current)")
    }
  }

  @Test("the timer's interrupt is requested if the bit of its vector in IRR is set, and no other's")
  func requested() {
    for vector in [0x10, 0x1f, 0x20, 0x65, 0xff] {
      let timer = UInt32(vector)
      #expect(page(timer: timer, initial: 1, current: 1, requested: [vector]).isTimerRequested)
      #expect(
        !page(
          timer: timer, initial: 1, current: 1,
          requested: (0...0xff).filter { $0 != vector }
        ).isTimerRequested)
    }
  }

  @Test("what is compared between two readings is IRR and ISR, not the count")
  func interrupts() {
    let first = page(timer: 0x65, initial: 9, current: 8)
    #expect(page(timer: 0x65, initial: 9, current: 7).interrupts == first.interrupts)
    for register in [0x100, 0x170, 0x200, 0x270] {
      var bytes = first.bytes
      bytes[register + 3] = 0x80
      #expect(LocalAPICPage(bytes).interrupts != first.interrupts)
    }
    // TMR, between the two.
    var bytes = first.bytes
    bytes[0x180] = 1
    #expect(LocalAPICPage(bytes).interrupts == first.interrupts)
  }
}
