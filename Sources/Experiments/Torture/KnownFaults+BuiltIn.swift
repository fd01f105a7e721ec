/// The lists that the program carries.
extension KnownFaults {
  /// What was found, again and again, on each kernel that this program was tried on.
  public static let builtIn = KnownFaults(
    everywhere.flatMap { subject, kind in
      tried.map { KnownFault(kernel: $0.kernel, module: $0.module, subject: subject, kind: kind) }
    })

  private static let tried: [(kernel: String, module: String)] = [
    ("6.18", "kvm_pvm"), ("6.1", "kvm_amd"), ("6.12", "kvm_amd"),
  ]

  /// In code that all modules share.
  private static let everywhere: [(TortureSubject, TortureVerdict)] = [
    // KVM_SET_LAPIC starts a one-shot timer that has expired and was handled: TMICT stays, TMCCT reads 0.
    (.apicOneShot, .doubled),
    // A tick that expired outside of KVM_RUN is in no part that is read before the next KVM_RUN.
    (.apicPeriodic, .lost),
    // KVM_SET_PIT2 starts an expired mode 0 again, and begins a whole period of mode 2.
    (.pitOneShot, .doubled), (.pitPeriodic, .lost),
  ]
}
