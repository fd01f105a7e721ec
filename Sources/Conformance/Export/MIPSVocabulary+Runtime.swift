extension MIPSVocabulary {
  /// For QEMU's mipssim: a UART of the 16450's kind for the verdict, and UHI's exit for the end.
  ///
  /// The value is in s0, the term in s1, what is held in s2. The handler keeps every register but k0 and k1.
  public static let guestRuntime = [guestMacros, guestRoutines].joined(separator: "\n")
}
