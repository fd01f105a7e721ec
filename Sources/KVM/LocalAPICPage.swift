/// A local APIC's register page, as `KVM_GET_LAPIC` gives it: what it tells of the timer, and what it does not.
public struct LocalAPICPage: Hashable, Sendable {
  /// ``VCPUStatePart/localAPIC``: registers of 32 bits, 16 bytes apart.
  public private(set) var bytes: [UInt8]

  private enum Register {
    static let service = 0x100
    static let request = 0x200
    static let timerVector = 0x320
    static let initialCount = 0x380
    static let currentCount = 0x390
  }

  /// Bits 18:17 of the timer's local vector.
  private enum TimerMode {
    static let mask: UInt32 = 3 << 17
    static let oneShot: UInt32 = 0
    static let deadline: UInt32 = 2 << 17
  }

  /// Takes a page of 1024 bytes.
  public init(_ bytes: [UInt8]) {
    precondition(bytes.count == 1024, "a local APIC's register page")
    self.bytes = bytes
  }

  /// Which interrupts are in service, and which are requested: ISR and IRR, 256 bits each, with what lies
  /// between their registers.
  public var interrupts: [UInt8] {
    Array(bytes[Register.service..<Register.service + 0x80])
      + bytes[Register.request..<Register.request + 0x80]
  }

  /// Whether the timer's count says that it has run out, or is about to within a tick.
  ///
  /// In TSC-deadline mode there is no count.
  public var hasRunOut: Bool {
    let mode = word(Register.timerVector) & TimerMode.mask
    return mode != TimerMode.deadline && word(Register.initialCount) != 0
      && word(Register.currentCount) == 0
  }

  /// Whether the timer's interrupt is requested.
  public var isTimerRequested: Bool {
    let vector = Int(word(Register.timerVector) & 0xff)
    return bytes[Register.request + vector / 32 * 16 + vector % 32 / 8] >> (vector % 8) & 1 == 1
  }

  /// Makes a one-shot that has run out one that is stopped: TMICT becomes 0.
  ///
  /// *Why:* KVM reads TMICT and TMCCT of what it is given as "so much of so much is left". A one-shot with a
  /// TMICT and no TMCCT it takes for one that expires now, and delivers it: for the second time, if it was
  /// delivered before.
  ///
  /// *What a guest can notice:* TMICT reads 0 where it would read the count that was written last.
  ///
  /// Assumes: the expiry is delivered or in IRR, i.e. the vCPU was settled when the page was read, and no
  /// expiry was on its way (``VirtualCPU/settle()``).
  public mutating func stopSpentTimer() {
    guard word(Register.timerVector) & TimerMode.mask == TimerMode.oneShot, hasRunOut else {
      return
    }
    for byte in 0..<4 { bytes[Register.initialCount + byte] = 0 }
  }

  private func word(_ offset: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
  }
}
