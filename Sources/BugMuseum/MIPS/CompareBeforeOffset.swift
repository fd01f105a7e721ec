internal import Exploration
public import TimerModels
public import TimerWorlds

/// `mips-vz-gtoffset-order`: a timer in software was interrupted by the registers in hardware.
///
/// *Where:* KVM for MIPS with hardware support (VZ), avoided by upstream commit 5dee99b24eef.
///
/// *What happened:* the guest's own Count and Compare work on while its timer is emulated, with
/// GTOffset keeping Count where Compare is. A Compare that moves forward, and is written before
/// GTOffset has taken Count past it, lies just ahead of Count, which may meet it.
///
/// *The shortest losing schedule:* a write of Compare one tick ahead begins, and the tick passes
/// before it ends. TI is set in hardware, where the write leaves it.
public struct CompareBeforeOffset: CountCompareHost {
  /// The timer.
  public var timer: CountCompareTimer

  /// Takes a timer into use.
  public init(timer: CountCompareTimer) {
    self.timer = timer
  }

  /// The faulty operation: Compare comes first, whichever way it moves.
  public mutating func beginWritingCompare(_ compare: UInt32, in context: inout GuestContext) {
    context.compare = compare
  }

  static let exhibit = Exhibit(
    "mips-vz-gtoffset-order", "a timer in software is interrupted by the registers in hardware",
    origin: "avoided by Linux 5dee99b24eef",
    in: .splitCompare, host: Self.self, breaks: .early,
    by: .beginCompareNext, .toTickAfterMatch)
}
