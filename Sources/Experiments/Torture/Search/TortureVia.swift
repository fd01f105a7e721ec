/// How a cut's state is carried.
public enum TortureVia: String, CaseIterable, Hashable, Sendable {
  /// KVM's requests, as they are.
  case bare
  /// The same, with what is known to make good what they lose (<doc:TorturingKernelTimers>).
  case recipe
  /// This program's own checkpoint, of a separate machine.
  case checkpoint
}
