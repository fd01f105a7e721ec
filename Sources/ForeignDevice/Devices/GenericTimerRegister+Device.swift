internal import CForeignDevice
internal import TimerModels

// A generic timer's registers in the protocol, both ways.

extension GenericTimerRegister {
  /// All of them.
  static let all: [GenericTimerRegister] =
    [.frequency, .virtualOffset]
    + GenericTimerChannel.allCases.flatMap { channel -> [GenericTimerRegister] in
      [.counter(channel), .control(channel), .compareValue(channel), .timerValue(channel)]
    }

  /// Where a foreign device has it.
  var deviceRegister: DeviceRegister {
    switch self {
    case .frequency: Self.guest(SWVMM_CNTFRQ, 4)
    case .counter(.virtual): Self.guest(SWVMM_CNTVCT, 8)
    case .counter(.physical): Self.guest(SWVMM_CNTPCT, 8)
    case .virtualOffset: DeviceRegister(.genericTimerHost, UInt32(SWVMM_CNTVOFF), size: 8)
    case .control(.virtual): Self.guest(SWVMM_CNTV_CTL, 4)
    case .control(.physical): Self.guest(SWVMM_CNTP_CTL, 4)
    case .compareValue(.virtual): Self.guest(SWVMM_CNTV_CVAL, 8)
    case .compareValue(.physical): Self.guest(SWVMM_CNTP_CVAL, 8)
    case .timerValue(.virtual): Self.guest(SWVMM_CNTV_TVAL, 4)
    case .timerValue(.physical): Self.guest(SWVMM_CNTP_TVAL, 4)
    }
  }

  /// Where a foreign device has the CVAL that the host moves without a look.
  static func movedCompareValue(of channel: GenericTimerChannel) -> DeviceRegister {
    let offset = channel == .virtual ? SWVMM_HOST_CNTV_CVAL : SWVMM_HOST_CNTP_CVAL
    return DeviceRegister(.genericTimerHost, UInt32(offset), size: 8)
  }

  /// The register at a place of a foreign device, or nil.
  init?(_ register: DeviceRegister) {
    guard let found = Self.all.first(where: { $0.deviceRegister == register }) else { return nil }
    self = found
  }

  private static func guest(_ offset: Int32, _ size: UInt8) -> DeviceRegister {
    DeviceRegister(.genericTimer, UInt32(offset), size: size)
  }
}
