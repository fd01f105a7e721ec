internal import CForeignDevice
public import TimerModels

/// What can be done to a foreign device.
public enum DeviceOperation: Hashable, Sendable {
  /// The state after reset; a timer counts from 0, so many ticks a second.
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

  /// How many bytes the protocol's `swvmm_operation` has.
  static let size = 32

  /// Reads the bytes of a `swvmm_operation`; nil where its verb or space is none.
  init?(_ reader: inout WireReader) {
    let (flagged, space): (UInt8, UInt8) = (reader.number(), reader.number())
    let verb = flagged & ~UInt8(SWVMM_FROM_START | SWVMM_SAVE)
    startsOver = flagged & UInt8(SWVMM_FROM_START) != 0
    isSaved = flagged & UInt8(SWVMM_SAVE) != 0
    let (cpu, size): (UInt8, UInt8) = (reader.number(), reader.number())
    let offset: UInt32 = reader.number()
    now = Instant(nanoseconds: reader.number())
    let (value, extra): (UInt64, UInt64) = (reader.number(), reader.number())
    let register = DeviceRegister.Space(rawValue: space).map {
      DeviceRegister($0, offset, size: size, cpu: cpu)
    }
    switch (Int32(verb), register) {
    case (SWVMM_RESET, _): operation = .reset(frequency: value)
    case (SWVMM_READ, let register?): operation = .read(register)
    case (SWVMM_WRITE, let register?): operation = .write(register, value)
    case (SWVMM_WAKE_UP, _): operation = .wakeUp
    case (SWVMM_SET_LINE, _): operation = .setLine(offset, cpu: cpu, level: value != 0)
    case (SWVMM_SHIFT, _): operation = .shift(nanoseconds: value, counts: extra)
    default: return nil
    }
  }

  /// Appends the bytes of a `swvmm_operation`.
  func append(to bytes: inout [UInt8]) {
    var (verb, space, cpu, size) = (UInt8(0), UInt8(0), UInt8(0), UInt8(0))
    var (offset, value, extra) = (UInt32(0), UInt64(0), UInt64(0))
    func take(_ register: DeviceRegister) {
      (space, cpu, size) = (register.space.rawValue, register.cpu, register.size)
      offset = register.offset
    }
    switch operation {
    case .reset(let hertz): (verb, value) = (UInt8(SWVMM_RESET), hertz)
    case .read(let register):
      verb = UInt8(SWVMM_READ)
      take(register)
    case .write(let register, let written):
      (verb, value) = (UInt8(SWVMM_WRITE), written)
      take(register)
    case .wakeUp: verb = UInt8(SWVMM_WAKE_UP)
    case .setLine(let id, let target, let level):
      (verb, offset, cpu, value) = (UInt8(SWVMM_SET_LINE), id, target, level ? 1 : 0)
    case .shift(let nanoseconds, let counts):
      (verb, value, extra) = (UInt8(SWVMM_SHIFT), nanoseconds, counts)
    }
    if startsOver { verb |= UInt8(SWVMM_FROM_START) }
    if isSaved { verb |= UInt8(SWVMM_SAVE) }
    bytes.append(contentsOf: [verb, space, cpu, size])
    bytes.append(number: offset)
    bytes.append(number: now.nanoseconds)
    bytes.append(number: value)
    bytes.append(number: extra)
  }
}
