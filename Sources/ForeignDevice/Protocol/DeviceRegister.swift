internal import CForeignDevice

/// A register of a foreign device, as its adapter is asked for it.
public struct DeviceRegister: Hashable, Sendable, CustomStringConvertible {
  /// In which map of registers it lies.
  public enum Space: UInt8, Hashable, Sendable {
    /// What the guest sees of a timer.
    case timer = 0
    /// What only the host reads and writes of a timer.
    case timerHost = 1
    /// A GIC's distributor.
    case distributor = 2
    /// A GIC's interface of a CPU.
    case cpuInterface = 3
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

  /// Where it lies, for a reader who has the header: `timer+0x4`, `distributor+0x100/4 cpu 1`.
  public var description: String {
    let place = "\(space)+0x\(String(offset, radix: 16))/\(size)"
    return cpu == 0 ? place : "\(place) cpu \(cpu)"
  }
}
