extension ARMVocabulary {
  /// For QEMU's virt: a PL011 for the verdict, and semihosting's exit for the end.
  ///
  /// It starts at EL2, which keeps CNTVOFF and changes it at a hypervisor call, and runs at EL1. The value is
  /// in x19, the term in x20, what is held in x21; w27 and w28 are the interface's and the distributor's
  /// addresses. The handler keeps every register.
  public static let guestRuntime = [
    guestMacros, guestRegisters, guestRoutines, guestEnd,
  ].joined(separator: "\n")
}
