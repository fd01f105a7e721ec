internal import CForeignDevice
internal import TimerModels

// A Count/Compare timer's registers in the protocol, both ways.

extension CountCompareGuestAccess {
  /// The operation on a foreign device that this access is.
  var operation: DeviceOperation {
    switch self {
    case .readCount: .read(Self.register(SWVMM_COUNT))
    case .writeCount(let value): .write(Self.register(SWVMM_COUNT), UInt64(value))
    case .readCompare: .read(Self.register(SWVMM_COMPARE))
    case .writeCompare(let value): .write(Self.register(SWVMM_COMPARE), UInt64(value))
    case .readCause: .read(Self.register(SWVMM_CAUSE))
    case .writeCause(let value): .write(Self.register(SWVMM_CAUSE), UInt64(value))
    case .readCycleCounter: .read(Self.register(SWVMM_CC))
    }
  }

  /// The access that an operation is; nil where it is none of the guest's to this timer.
  init?(_ operation: DeviceOperation) {
    switch operation {
    case .read(Self.register(SWVMM_COUNT)): self = .readCount
    case .read(Self.register(SWVMM_COMPARE)): self = .readCompare
    case .read(Self.register(SWVMM_CAUSE)): self = .readCause
    case .read(Self.register(SWVMM_CC)): self = .readCycleCounter
    case .write(let register, let value):
      let value = UInt32(truncatingIfNeeded: value)
      switch register {
      case Self.register(SWVMM_COUNT): self = .writeCount(value)
      case Self.register(SWVMM_COMPARE): self = .writeCompare(value)
      case Self.register(SWVMM_CAUSE): self = .writeCause(value)
      default: return nil
      }
    default: return nil
    }
  }

  private static func register(_ offset: Int32) -> DeviceRegister {
    DeviceRegister(.timer, UInt32(offset), size: 4)
  }
}

extension CountCompareHostAccess {
  /// The operation on a foreign device that this access is.
  var operation: DeviceOperation {
    switch self {
    case .readCount: .read(Self.register(SWVMM_HOST_COUNT))
    case .writeCount(let value): .write(Self.register(SWVMM_HOST_COUNT), UInt64(value))
    case .readCompare: .read(Self.register(SWVMM_HOST_COMPARE))
    case .writeCompare(let value): .write(Self.register(SWVMM_HOST_COMPARE), UInt64(value))
    case .readCause: .read(Self.register(SWVMM_HOST_CAUSE))
    case .writeCause(let value): .write(Self.register(SWVMM_HOST_CAUSE), UInt64(value))
    case .readControl: .read(Self.register(SWVMM_HOST_CONTROL))
    case .writeControl(let value): .write(Self.register(SWVMM_HOST_CONTROL), value)
    case .readResume: .read(Self.register(SWVMM_HOST_RESUME))
    case .writeResume(let value): .write(Self.register(SWVMM_HOST_RESUME), value)
    case .readFrequency: .read(Self.register(SWVMM_HOST_FREQUENCY))
    case .writeFrequency(let value): .write(Self.register(SWVMM_HOST_FREQUENCY), value)
    }
  }

  /// The access that an operation is; nil where it is none of the host's to this timer.
  init?(_ operation: DeviceOperation) {
    switch operation {
    case .read(Self.register(SWVMM_HOST_COUNT)): self = .readCount
    case .read(Self.register(SWVMM_HOST_COMPARE)): self = .readCompare
    case .read(Self.register(SWVMM_HOST_CAUSE)): self = .readCause
    case .read(Self.register(SWVMM_HOST_CONTROL)): self = .readControl
    case .read(Self.register(SWVMM_HOST_RESUME)): self = .readResume
    case .read(Self.register(SWVMM_HOST_FREQUENCY)): self = .readFrequency
    case .write(let register, let value):
      let word = UInt32(truncatingIfNeeded: value)
      switch register {
      case Self.register(SWVMM_HOST_COUNT): self = .writeCount(word)
      case Self.register(SWVMM_HOST_COMPARE): self = .writeCompare(word)
      case Self.register(SWVMM_HOST_CAUSE): self = .writeCause(word)
      case Self.register(SWVMM_HOST_CONTROL): self = .writeControl(value)
      case Self.register(SWVMM_HOST_RESUME): self = .writeResume(value)
      case Self.register(SWVMM_HOST_FREQUENCY): self = .writeFrequency(value)
      default: return nil
      }
    default: return nil
    }
  }

  private static func register(_ offset: Int32) -> DeviceRegister {
    DeviceRegister(.timerHost, UInt32(offset), size: 8)
  }
}

extension CountCompareStep {
  /// The operation on a foreign device that this step is.
  var deviceOperation: DeviceOperation {
    switch operation {
    case .guest(let access): access.operation
    case .host(let access): access.operation
    case .wakeUp: .wakeUp
    case .shift(let nanoseconds, let counts):
      .shift(nanoseconds: nanoseconds, counts: UInt64(counts))
    case .restart(let frequency): .reset(frequency: frequency.hertz)
    }
  }
}
