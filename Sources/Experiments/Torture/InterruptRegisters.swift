/// What a local APIC's register page says (`kvm_lapic_state`).
enum InterruptRegisters {
  private static func register(_ page: [UInt8], _ offset: Int) -> UInt32 {
    guard page.count >= offset + 4 else { return 0 }
    return (0..<4).reduce(0) { $0 | UInt32(page[offset + $1]) << (8 * $1) }
  }

  /// Bits 18:17 of the timer's entry: 0 one-shot, 1 periodic, 2 TSC deadline.
  private static func timerMode(_ page: [UInt8]) -> UInt32 { register(page, 0x320) >> 17 & 3 }

  /// Whether the guest has switched it on by software.
  static func isEnabled(_ page: [UInt8]) -> Bool { register(page, 0xf0) & 1 << 8 != 0 }

  /// A one-shot count that has come to 0.
  static func hasSpentCount(_ page: [UInt8]) -> Bool {
    timerMode(page) == 0 && register(page, 0x380) != 0 && register(page, 0x390) == 0
  }

  /// Whether a count goes on.
  static func isTimerRunning(_ page: [UInt8]) -> Bool {
    register(page, 0x320) & 1 << 16 == 0 && register(page, 0x390) != 0
  }

  /// The vector that the processor would take next, were interrupts on: the highest in IRR, if its class is above
  /// that of the task priority and of what is in service.
  static func deliverable(_ page: [UInt8]) -> UInt8? {
    guard let wanted = highest(page, 0x200) else { return nil }
    let priority = max(
      UInt8(truncatingIfNeeded: register(page, 0x80)), highest(page, 0x100) ?? 0)
    return wanted >> 4 > priority >> 4 ? wanted : nil
  }

  /// The highest vector whose bit is set in eight registers.
  private static func highest(_ page: [UInt8], _ offset: Int) -> UInt8? {
    for word in (0..<8).reversed() {
      let bits = register(page, offset + 16 * word)
      if bits != 0 { return UInt8(32 * word + 31 - bits.leadingZeroBitCount) }
    }
    return nil
  }

  // MARK: The PICs behind it

  /// The vector that a line has at the PICs (`kvm_pic_state`: irr at 1, imr at 2, irq_base at 5), if the local APIC
  /// lets them through; nil where the line is masked, or its PIC not initialised.
  static func vector(ofLine line: Int, pic: [UInt8], apic: [UInt8]) -> UInt8? {
    let bit = UInt8(line) % 8
    guard letsPICThrough(apic), pic[5] != 0, pic[2] >> bit & 1 == 0 else { return nil }
    return pic[5] &+ bit
  }

  /// The vector of the PICs' interrupt that the processor would take next.
  static func deliverable(primary: [UInt8], secondary: [UInt8], apic: [UInt8]) -> UInt8? {
    let cascade = 2
    for line in 0..<8 where primary[1] >> UInt8(line) & 1 == 1 {
      guard let vector = vector(ofLine: line, pic: primary, apic: apic) else { continue }
      guard line == cascade else { return vector }
      for line in 0..<8 where secondary[1] >> UInt8(line) & 1 == 1 {
        if let vector = self.vector(ofLine: line, pic: secondary, apic: apic) { return vector }
      }
    }
    return nil
  }

  /// Whether LINT0 is open, as a firmware leaves it: unmasked, ExtINT.
  private static func letsPICThrough(_ apic: [UInt8]) -> Bool {
    register(apic, 0x350) & (1 << 16 | 7 << 8) == 7 << 8
  }
}
