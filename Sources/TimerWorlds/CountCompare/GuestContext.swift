/// Count and Compare in the guest's own registers, as hardware support for guests (VZ) has them.
///
/// While the guest's timer is in software they are not asked for, and they cannot be switched off: Count
/// continues, and sets TI where it meets Compare. So a hypervisor keeps Count where Compare is, from
/// which the next match is a wrap away, and anew whenever the vCPU is loaded.
public struct GuestContext: Hashable, Sendable {
  /// Count: the host's Count and GTOffset, through which it is written.
  public var count: UInt32
  /// Compare.
  public var compare: UInt32
  /// Cause.TI.
  public internal(set) var isPending = false

  /// A context whose Count is where Compare is.
  init(compare: UInt32) {
    count = compare
    self.compare = compare
  }

  /// Lets Count continue.
  mutating func advance(by ticks: UInt64) {
    if ticks > compare &- count &- 1 { isPending = true }
    count &+= UInt32(truncatingIfNeeded: ticks)
  }
}
