/// An instruction of a guest's in whose place there is an `out` that stops it.
///
/// *Why an `out`, and no breakpoint:* every KVM has that exit, before anything else is done, while breakpoints
/// and single steps get lost where an interrupt is delivered, and leave RFLAGS.TF on the guest's stack.
struct HandlerTrap: Hashable, Sendable {
  /// Its linear address.
  let address: UInt64
  /// Where that is in RAM.
  let physical: UInt64

  /// A port that no PC has anything at, and no guest here.
  static let port: UInt8 = 0xfb
  /// `out %al, $port`.
  static let instruction: [UInt8] = [0xe6, port]
}
