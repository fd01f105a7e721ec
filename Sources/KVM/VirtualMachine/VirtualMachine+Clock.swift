internal import CKVM
internal import LinuxHost

/// A reading of the VM's clock, which its paravirtual clocks show.
public struct KernelClockReading: Hashable, Sendable {
  /// Nanoseconds since the VM was made, or as they were set.
  public let nanoseconds: UInt64
  /// Whether all vCPUs see one master clock that follows the host's TSC (`KVM_CLOCK_TSC_STABLE`).
  ///
  /// False before the first entry of a vCPU.
  public let isStable: Bool
  /// The host's wall clock at the reading, in nanoseconds since 1970; nil where KVM does not say.
  public let realTime: UInt64?
  /// The host's TSC at the reading; nil where KVM does not say.
  public let hostTSC: UInt64?
}

/// The VM's clock.
extension VirtualMachine {
  /// Reads the clock: `KVM_GET_CLOCK`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func clock() throws(KVMError) -> KernelClockReading {
    var data = kvm_clock_data()
    // SAFETY: the kernel writes a local during the call.
    try checkKVM("KVM_GET_CLOCK", unsafe ckvm_get_clock(descriptor.number, &data))
    let has = { (flag: Int32) in data.flags & UInt32(flag) != 0 }
    return KernelClockReading(
      nanoseconds: data.clock, isStable: has(KVM_CLOCK_TSC_STABLE),
      realTime: has(KVM_CLOCK_REALTIME) ? data.realtime : nil,
      hostTSC: has(KVM_CLOCK_HOST_TSC) ? data.host_tsc : nil)
  }

  /// Sets the clock: `KVM_SET_CLOCK`.
  ///
  /// - Parameters:
  ///   - nanoseconds: What it shows.
  ///   - realTime: When it showed that, as ``KernelClockReading/realTime``: the kernel adds what has
  ///     passed since. Nil: now, so that the time between is not seen by the guest.
  /// - Throws: ``KVMError/failed(_:)`` naming the request, as for a `realTime` that the kernel does
  ///   not know yet (before Linux 5.16).
  public func setClock(_ nanoseconds: UInt64, asOf realTime: UInt64? = nil) throws(KVMError) {
    var data = kvm_clock_data()
    data.clock = nanoseconds
    data.flags = realTime == nil ? 0 : UInt32(KVM_CLOCK_REALTIME)
    data.realtime = realTime ?? 0
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_SET_CLOCK", unsafe ckvm_set_clock(descriptor.number, &data))
  }
}
