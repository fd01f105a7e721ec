internal import CKVM
internal import LinuxHost

/// Bringing what KVM holds beside a vCPU's state into that state.
extension VirtualCPU {
  /// Has KVM do what it does before it enters the guest, and enter it not: `KVM_RUN` with a signal pending.
  ///
  /// *Why:* an expiry of the local APIC's timer is a count of KVM's own at first. It gets into IRR, where
  /// `KVM_GET_LAPIC` finds it, in `KVM_RUN` alone. An EOI of which this program is still to hear
  /// (``VCPUExit/endOfInterrupt(vector:)``) is such a thing, too; and of two NMIs that are pending older
  /// kernels tell one, but one of the two gets to be in delivery here, which they tell as well.
  ///
  /// *Why `immediate_exit` would not do:* it ends `KVM_RUN` before any of that. A signal is looked for behind
  /// it, and before the guest is entered. Whether the vCPU runs, halts or waits to be started does not matter.
  ///
  /// *Guarantee:* the guest executes nothing. Its next interrupt may be in delivery: out of IRR, in ISR, and
  /// in the events.
  ///
  /// *Order:* a kick that came before `KVM_RUN` looked at `immediate_exit` has ended it too early, and the
  /// request shows. It is made anew; and in the end it stands, because a kick's message may be unseen.
  ///
  /// Assumes: the last exit is completed (``completeExit()``), and `KickSignal` is installed.
  ///
  /// - Returns: What KVM needs first; ``VCPUExit/interrupted`` where all is settled.
  /// - Throws: ``KVMError/failed(_:)`` naming `KVM_SET_SIGNAL_MASK` or `KVM_RUN`.
  public func settle() throws(KVMError) -> VCPUExit {
    try KickSignal.whilePending { (mask) throws(KVMError) in
      try setSignalMask(mask)
      var exit: VCPUExit
      repeat {
        requestImmediateExit(false)
        exit = try enter()
      } while exit == .interrupted && isImmediateExitRequested
      requestImmediateExit(true)
      try setSignalMask(nil)
      return exit
    }
  }

  private func setSignalMask(_ mask: UInt64?) throws(KVMError) {
    let result: Int32
    if var mask {
      // SAFETY: the kernel reads a local during the call.
      result = unsafe ckvm_set_signal_mask(descriptor.number, &mask)
    } else {
      result = ckvm_set_signal_mask(descriptor.number, nil)
    }
    try checkKVM("KVM_SET_SIGNAL_MASK", result)
  }
}
