/// A local APIC's register page, as `KVM_GET_LAPIC` gives it: registers of 32 bits, 16 bytes apart.
public struct LocalAPICPage: Hashable, Sendable {
  /// ``VCPUStatePart/localAPIC``.
  public private(set) var bytes: [UInt8]

  /// A register, or the first of eight with 256 bits, by its offset.
  public enum Register: Int, Sendable {
    /// TPR.
    case taskPriority = 0x80
    /// SVR.
    case spuriousVector = 0xf0
    /// ISR, 256 bits.
    case service = 0x100
    /// IRR, 256 bits.
    case request = 0x200
    /// LVT timer.
    case timerVector = 0x320
    /// LVT LINT0.
    case line0 = 0x350
    /// TMICT.
    case initialCount = 0x380
    /// TMCCT.
    case currentCount = 0x390
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

  /// A register's value; of one with 256 bits, that of its lowest 32.
  public subscript(register: Register) -> UInt32 {
    get { self[word: register.rawValue] }
    set { self[word: register.rawValue] = newValue }
  }

  private subscript(word offset: Int) -> UInt32 {
    get { (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) } }
    set {
      for byte in 0..<4 { bytes[offset + byte] = UInt8(truncatingIfNeeded: newValue >> (8 * byte)) }
    }
  }

  // MARK: Registers of 256 bits

  /// Whether a vector's bit is set.
  public func contains(_ vector: UInt8, in register: Register) -> Bool {
    self[word: Self.place(of: vector, in: register)] >> (vector % 32) & 1 == 1
  }

  /// Sets a vector's bit.
  public mutating func insert(_ vector: UInt8, in register: Register) {
    self[word: Self.place(of: vector, in: register)] |= 1 << (vector % 32)
  }

  /// Clears all 256 bits.
  public mutating func clear(_ register: Register) {
    for word in 0..<8 { self[word: register.rawValue + 16 * word] = 0 }
  }

  /// The highest vector whose bit is set.
  public func highest(in register: Register) -> UInt8? {
    for word in (0..<8).reversed() {
      let bits = self[word: register.rawValue + 16 * word]
      if bits != 0 { return UInt8(32 * word + 31 - bits.leadingZeroBitCount) }
    }
    return nil
  }

  private static func place(of vector: UInt8, in register: Register) -> Int {
    register.rawValue + Int(vector) / 32 * 16
  }

  /// Which interrupts are in service, and which are requested: ISR and IRR, with what lies between their
  /// registers.
  public var interrupts: [UInt8] {
    [Register.service, .request].flatMap { bytes[$0.rawValue..<$0.rawValue + 0x80] }
  }

  // MARK: The timer

  /// Whether the timer's count says that it has run out, or is about to within a tick.
  ///
  /// In TSC-deadline mode there is no count.
  public var hasRunOut: Bool {
    self[.timerVector] & TimerMode.mask != TimerMode.deadline && self[.initialCount] != 0
      && self[.currentCount] == 0
  }

  /// Whether the timer's interrupt is requested.
  public var isTimerRequested: Bool {
    contains(UInt8(truncatingIfNeeded: self[.timerVector]), in: .request)
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
    guard self[.timerVector] & TimerMode.mask == TimerMode.oneShot, hasRunOut else { return }
    self[.initialCount] = 0
  }
}
