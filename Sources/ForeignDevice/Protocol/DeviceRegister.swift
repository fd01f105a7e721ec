internal import CForeignDevice

/// A register of a foreign device, as its adapter is asked for it.
public struct DeviceRegister: Hashable, Sendable {
  /// In which map of registers it lies.
  public enum Space: UInt8, Hashable, Sendable {
    /// What the guest sees of a Count/Compare timer.
    case timer = 0
    /// What only the host reads and writes of it.
    case timerHost = 1
    /// A GIC's distributor.
    case distributor = 2
    /// A GIC's interface of a CPU.
    case cpuInterface = 3
    /// What the guest sees of a generic timer.
    case genericTimer = 4
    /// What only the host reads and writes of it.
    case genericTimerHost = 5
  }

  /// The map.
  public var space: Space
  /// The CPU whose register it is, or that makes the access, from 0.
  public var cpu: UInt8
  /// The access's size in bytes: 1, 4 or 8.
  public var size: UInt8
  /// Bytes from the start of the map.
  public var offset: UInt32

  /// Names a register.
  public init(_ space: Space, _ offset: UInt32, size: UInt8, cpu: UInt8 = 0) {
    self.space = space
    self.offset = offset
    self.size = size
    self.cpu = cpu
  }

  /// Its name in the manuals where it has one, `Compare`, else its place, `distributor+0x100/4 cpu 1`.
  public var name: String {
    if let name = Self.names[[UInt32(space.rawValue), offset]] { return name }
    let place = "\(space)+0x\(String(offset, radix: 16))/\(size)"
    return cpu == 0 ? place : "\(place) cpu \(cpu)"
  }

  private static let names: [[UInt32]: String] = [
    [0, 0x00]: "Count", [0, 0x04]: "Compare", [0, 0x08]: "Cause", [0, 0x10]: "CC",
    [1, 0x00]: "Count (host)", [1, 0x08]: "Compare (host)", [1, 0x10]: "Cause (host)",
    [1, 0x18]: "COUNT_CTL", [1, 0x20]: "COUNT_RESUME", [1, 0x28]: "COUNT_HZ",
    [4, 0x00]: "CNTFRQ", [4, 0x08]: "CNTVCT", [4, 0x10]: "CNTPCT", [4, 0x20]: "CNTV_CTL",
    [4, 0x24]: "CNTV_TVAL", [4, 0x28]: "CNTV_CVAL", [4, 0x30]: "CNTP_CTL", [4, 0x34]: "CNTP_TVAL",
    [4, 0x38]: "CNTP_CVAL", [5, 0x00]: "CNTVOFF",
    [5, 0x28]: "CNTV_CVAL (host)", [5, 0x38]: "CNTP_CVAL (host)",
  ]
}
