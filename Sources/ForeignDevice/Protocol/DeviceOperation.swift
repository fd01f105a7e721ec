internal import CForeignDevice
public import TimerModels

/// What can be done to a foreign device.
public enum DeviceOperation: Hashable, Sendable {
  /// The state after reset; a timer counts so many ticks per second, CNTPCT from the origin of time, others from 0.
  case reset(frequency: UInt64)
  /// Reads a register.
  case read(DeviceRegister)
  /// Writes a register.
  case write(DeviceRegister, UInt64)
  /// Something woke the host: the device looks what is due.
  case wakeUp
  /// Drives an input of a controller.
  case setLine(UInt32, cpu: UInt8, level: Bool)
  /// Moves every instant in the state back, and adds to every count.
  case shift(nanoseconds: UInt64, counts: UInt64)
}

/// An operation, and when it happens.
public struct TimedOperation: Hashable, Sendable {
  /// The instant of the operation.
  public var now: Instant
  /// What is done.
  public var operation: DeviceOperation
  /// Whether it starts from the state before the request, not from where the last one left it.
  public var startsOver = false
  /// Whether the answer is to have the state after it.
  public var isSaved = false

  /// Creates an operation at an instant.
  public init(
    at now: Instant, _ operation: DeviceOperation, startsOver: Bool = false, isSaved: Bool = false
  ) {
    self.now = now
    self.operation = operation
    self.startsOver = startsOver
    self.isSaved = isSaved
  }

  /// In words: `write Compare := 0x10 at 1000 ns`.
  public var words: String {
    let words =
      switch operation {
      case .reset(let hertz): "reset at \(hertz) Hz"
      case .read(let register): "read \(register.name)"
      case .write(let register, let value):
        "write \(register.name) := 0x\(String(value, radix: 16))"
      case .wakeUp: "wake-up"
      case .setLine(let id, let cpu, let level): "line \(id) of cpu \(cpu) := \(level ? 1 : 0)"
      case .shift(let nanoseconds, let counts): "shift by \(nanoseconds) ns and \(counts) counts"
      }
    return "\(words) at \(now.nanoseconds) ns"
  }

  /// How many words the protocol's `swvmm_operation` has.
  static let wordCount = 4

  /// Reads a `swvmm_operation`, and the number of the state that it starts from; nil where its verb or space is none.
  static func read(_ words: ContiguousArray<UInt64>.SubSequence) -> (TimedOperation, start: Int)? {
    let place = words.startIndex
    let (head, value) = (words[place], words[place + 2])
    let (verb, cpu) = (UInt8(head & 0x7f), UInt8(head >> 16 & 0xff))
    let offset = UInt32(head >> 32 & 0xffff)
    let register = DeviceRegister.Space(rawValue: UInt8(head >> 8 & 0xff)).map {
      DeviceRegister($0, offset, size: UInt8(head >> 24 & 0xff), cpu: cpu)
    }
    let operation: DeviceOperation
    switch (Int32(verb), register) {
    case (SWVMM_RESET, _): operation = .reset(frequency: value)
    case (SWVMM_READ, let register?): operation = .read(register)
    case (SWVMM_WRITE, let register?): operation = .write(register, value)
    case (SWVMM_WAKE_UP, _): operation = .wakeUp
    case (SWVMM_SET_LINE, _): operation = .setLine(offset, cpu: cpu, level: value != 0)
    case (SWVMM_SHIFT, _): operation = .shift(nanoseconds: value, counts: words[place + 3])
    default: return nil
    }
    let start = Int(head >> 48)
    return (
      TimedOperation(
        at: Instant(nanoseconds: words[place + 1]), operation, startsOver: start > 0,
        isSaved: head & UInt64(SWVMM_SAVE) != 0), start
    )
  }

  /// Appends the words of a `swvmm_operation`.
  ///
  /// *Assumes:* offsets have 16 bits, as all of the header's and of Arm's manuals.
  func append(to words: inout ContiguousArray<UInt64>, start: Int) {
    let (verb, value, extra): (Int32, UInt64, UInt64)
    var place: UInt64 = 0
    func word(_ register: DeviceRegister) -> UInt64 {
      UInt64(register.space.rawValue) << 8 | UInt64(register.cpu) << 16
        | UInt64(register.size) << 24 | UInt64(UInt16(register.offset)) << 32
    }
    switch operation {
    case .reset(let hertz): (verb, value, extra) = (SWVMM_RESET, hertz, 0)
    case .read(let register):
      (verb, value, extra) = (SWVMM_READ, 0, 0)
      place = word(register)
    case .write(let register, let written):
      (verb, value, extra) = (SWVMM_WRITE, written, 0)
      place = word(register)
    case .wakeUp: (verb, value, extra) = (SWVMM_WAKE_UP, 0, 0)
    case .setLine(let id, let target, let level):
      (verb, value, extra) = (SWVMM_SET_LINE, level ? 1 : 0, 0)
      place = UInt64(target) << 16 | UInt64(UInt16(id)) << 32
    case .shift(let nanoseconds, let counts):
      (verb, value, extra) = (SWVMM_SHIFT, nanoseconds, counts)
    }
    let flag = isSaved ? UInt64(SWVMM_SAVE) : 0
    words.append(UInt64(verb) | flag | place | UInt64(start) << 48)
    words.append(now.nanoseconds)
    words.append(value)
    words.append(extra)
  }
}
