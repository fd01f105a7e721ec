internal import GuestImages
internal import KVM

/// The names of the platform's registers, as their manuals and platform.h have them.
enum RegisterName {
  /// The register that an access to a device touches; nil where it has no name.
  static func ofExit(_ exit: VCPUExit) -> String? {
    switch exit {
    case .load(let address, _), .store(let address, _, _): ofAddress(address)
    case .port(let access): ofPort(access.port, isWrite: access.isWrite)
    default: nil
    }
  }

  private static func ofAddress(_ address: UInt64) -> String? {
    guard let address = Int(exactly: address) else { return nil }
    switch address {
    case Int(PLATFORM_GICD)..<Int(PLATFORM_GICD) + Int(PLATFORM_GICD_SIZE):
      return ofDistributor(address - Int(PLATFORM_GICD))
    case Int(PLATFORM_GICC)..<Int(PLATFORM_GICC) + Int(PLATFORM_GICC_SIZE):
      return ofCPUInterface(address - Int(PLATFORM_GICC))
    default: return ofTimer(address)
    }
  }

  private static func ofTimer(_ address: Int) -> String? {
    switch address {
    case Int(PLATFORM_CP0_COUNT): "CP0_COUNT"
    case Int(PLATFORM_CP0_COMPARE): "CP0_COMPARE"
    case Int(PLATFORM_CP0_CAUSE): "CP0_CAUSE"
    case Int(PLATFORM_CP0_STATUS): "CP0_STATUS"
    case Int(PLATFORM_CP0_CC): "CP0_CC"
    case Int(PLATFORM_CP0_CCRES): "CP0_CCRES"
    case Int(PLATFORM_CP0_FREQUENCY): "CP0_FREQUENCY"
    case Int(PLATFORM_CNTFRQ): "CNTFRQ"
    case Int(PLATFORM_CNTVCT): "CNTVCT"
    case Int(PLATFORM_CNTPCT): "CNTPCT"
    case Int(PLATFORM_CNTV_CTL): "CNTV_CTL"
    case Int(PLATFORM_CNTV_TVAL): "CNTV_TVAL"
    case Int(PLATFORM_CNTV_CVAL): "CNTV_CVAL"
    case Int(PLATFORM_CNTP_CTL): "CNTP_CTL"
    case Int(PLATFORM_CNTP_TVAL): "CNTP_TVAL"
    case Int(PLATFORM_CNTP_CVAL): "CNTP_CVAL"
    default: nil
    }
  }

  private static func ofDistributor(_ offset: Int) -> String? {
    switch offset {
    case 0x000..<0x004: "GICD_CTLR"
    case 0x004..<0x008: "GICD_TYPER"
    case 0x008..<0x00c: "GICD_IIDR"
    case 0x080..<0x100: "GICD_IGROUPR"
    case 0x100..<0x180: "GICD_ISENABLER"
    case 0x180..<0x200: "GICD_ICENABLER"
    case 0x200..<0x280: "GICD_ISPENDR"
    case 0x280..<0x300: "GICD_ICPENDR"
    case 0x300..<0x380: "GICD_ISACTIVER"
    case 0x380..<0x400: "GICD_ICACTIVER"
    case 0x400..<0x800: "GICD_IPRIORITYR"
    case 0x800..<0xc00: "GICD_ITARGETSR"
    case 0xc00..<0xd00: "GICD_ICFGR"
    case 0xf00..<0xf04: "GICD_SGIR"
    case 0xf10..<0xf20: "GICD_CPENDSGIR"
    case 0xf20..<0xf30: "GICD_SPENDSGIR"
    default: nil
    }
  }

  private static func ofCPUInterface(_ offset: Int) -> String? {
    switch offset {
    case 0x00: "GICC_CTLR"
    case 0x04: "GICC_PMR"
    case 0x08: "GICC_BPR"
    case interruptAcknowledge: "GICC_IAR"
    case endOfInterrupt: "GICC_EOIR"
    case 0x14: "GICC_RPR"
    case 0x18: "GICC_HPPIR"
    case 0xfc: "GICC_IIDR"
    case 0x1000: "GICC_DIR"
    default: nil
    }
  }

  private static let interruptAcknowledge = 0x0c
  private static let endOfInterrupt = 0x10

  private static func ofPort(_ port: UInt16, isWrite: Bool) -> String? {
    let port = Int32(port)
    let serial = PLATFORM_SERIAL_PORT..<PLATFORM_SERIAL_PORT + PLATFORM_SERIAL_PORT_SIZE
    if serial.contains(port) {
      // With DLAB clear, as it is but while the rate is set.
      let names = [
        "COM1_DATA", "COM1_IER", isWrite ? "COM1_FCR" : "COM1_IIR", "COM1_LCR", "COM1_MCR",
        "COM1_LSR", "COM1_MSR", "COM1_SCR",
      ]
      return names[Int(port - PLATFORM_SERIAL_PORT)]
    }
    return switch port {
    case PLATFORM_EXIT_PORT: "DEBUG_EXIT"
    case PLATFORM_LAB_IDENTITY: isWrite ? "LAB_MARK" : "LAB_IDENTITY"
    case PLATFORM_LAB_COMMAND: "LAB_COMMAND"
    case PLATFORM_LAB_ARGUMENT0: "LAB_ARGUMENT0"
    case PLATFORM_LAB_ARGUMENT1: "LAB_ARGUMENT1"
    default: nil
    }
  }

  /// What an access says to the platform's interrupt controller; nil where it is none of these.
  ///
  /// - Parameters:
  ///   - exit: The access.
  ///   - value: What was read or written.
  /// - Returns: The interrupt's number behind what happens to it.
  static func interruptText(_ exit: VCPUExit, value: UInt64) -> String? {
    let frame = UInt64(PLATFORM_GICC)
    let interrupt = value & 0x3ff
    return switch exit {
    case .load(let address, _) where address == frame + UInt64(interruptAcknowledge):
      interrupt >= 1020 ? "nothing to acknowledge" : "acknowledges \(interrupt)"
    case .store(let address, _, _) where address == frame + UInt64(endOfInterrupt):
      "ends \(interrupt)"
    default: nil
    }
  }
}
