/// The lists that the program carries.
extension KnownFaults {
  /// What was found on each kernel that this program was tried on.
  public static let builtIn = KnownFaults(
    tried.flatMap { kernel, module in
      everywhere.map { subject, kind, isCertain in
        KnownFault(
          kernel: kernel, module: module, subject: subject, kind: kind, isCertain: isCertain)
      }
    } + [
      // KVM_GET_VCPU_EVENTS reports one NMI where two wait; put right in 6.4.
      KnownFault(kernel: "6.1", module: "kvm_amd", subject: .nmi, kind: .lost)
    ])

  private static let tried = [("6.18", "kvm_pvm"), ("6.1", "kvm_amd"), ("6.12", "kvm_amd")]

  /// In code that all modules share, and whether each search finds it.
  private static let everywhere: [(TortureSubject, TortureVerdict, Bool)] = [
    // KVM_SET_LAPIC starts a one-shot timer that has expired and was handled: TMICT stays, TMCCT reads 0.
    (.apicOneShot, .doubled, true),
    // A tick that expired outside of KVM_RUN is in no part that is read before the next KVM_RUN.
    (.apicPeriodic, .lost, true),
    // KVM_SET_PIT2 begins a whole period anew, of an expired mode 0 too.
    (.pitOneShot, .late, true), (.pitOneShot, .doubled, true), (.pitPeriodic, .lost, false),
    (.pitPeriodic, .late, false), (.pitPeriodic, .doubled, false),
  ]
}
