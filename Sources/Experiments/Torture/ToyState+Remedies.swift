internal import KVM

extension ToyState {
  /// Takes back what a restore would make of a timer that has counted once and was delivered: the local APIC's
  /// one-shot, and channel 0 of the PIT.
  ///
  /// Assumes: what had expired is in IRR (``KVM/VirtualCPU/settle()``).
  ///
  /// - Throws: ``KVM/KVMError/unsuitableState(_:)`` where the PIT's state is none.
  mutating func stopWhatIsSpent() throws(KVMError) {
    if let bytes = parts[.localAPIC], bytes.count == 1024 {
      var page = LocalAPICPage(bytes)
      page.stopSpentTimer()
      parts[.localAPIC] = page.bytes
    }
  }
}
