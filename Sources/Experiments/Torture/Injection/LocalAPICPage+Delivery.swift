internal import KVM

// What a guest's controllers would deliver next.

extension LocalAPICPage {
  /// Whether the guest has switched it on by software.
  var isEnabled: Bool { self[.spuriousVector] & 1 << 8 != 0 }

  /// Whether a count continues, to an interrupt that is not masked.
  var isTimerRunning: Bool { self[.timerVector] & 1 << 16 == 0 && self[.currentCount] != 0 }

  /// The vector that the processor would take next, were interrupts on: the highest in IRR, if its class is above
  /// that of the task priority and of what is in service.
  var deliverable: UInt8? {
    guard let wanted = highest(in: .request) else { return nil }
    let priority = max(
      UInt8(truncatingIfNeeded: self[.taskPriority]), highest(in: .service) ?? 0)
    return wanted >> 4 > priority >> 4 ? wanted : nil
  }

  // MARK: The PICs behind it

  /// The vector that a line has at a PIC (`kvm_pic_state`: irr at 1, imr at 2, irq_base at 5), if the local APIC
  /// lets it through; nil where the line is masked, or the PIC not initialised.
  func vector(ofLine line: Int, pic: [UInt8]) -> UInt8? {
    let bit = UInt8(line) % 8
    guard letsPICThrough, pic[5] != 0, pic[2] >> bit & 1 == 0 else { return nil }
    return pic[5] &+ bit
  }

  /// The vector of the PICs' interrupt that the processor would take next.
  func deliverable(primary: [UInt8], secondary: [UInt8]) -> UInt8? {
    let cascade = 2
    for line in 0..<8 where primary[1] >> UInt8(line) & 1 == 1 {
      guard let vector = vector(ofLine: line, pic: primary) else { continue }
      guard line == cascade else { return vector }
      for line in 0..<8 where secondary[1] >> UInt8(line) & 1 == 1 {
        if let vector = self.vector(ofLine: line, pic: secondary) { return vector }
      }
    }
    return nil
  }

  /// Whether LINT0 is open, as a firmware leaves it: unmasked, ExtINT.
  private var letsPICThrough: Bool { self[.line0] & (1 << 16 | 7 << 8) == 7 << 8 }
}
