internal import CKVM
internal import LinuxHost

/// An exception, as KVM knows it.
public struct KnownException: Hashable, Sendable {
  /// The vector.
  public let vector: UInt8
  /// nil for one that has none.
  public let errorCode: UInt32?
  /// Whether it is being delivered, or waits to be.
  public let isPending: Bool
}

extension VirtualCPU {
  /// The last exception that KVM knows of: `KVM_GET_VCPU_EVENTS`.
  ///
  /// Where it is neither pending nor being delivered, KVM has handled it some time before: the vector stays
  /// where it was. A vector of 0 is not an exception then, but what a new vCPU has.
  ///
  /// Reading moves a pending page fault's address into CR2, so special registers are read afterwards.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func lastException() throws(KVMError) -> KnownException? {
    var events = kvm_vcpu_events()
    // SAFETY: the kernel writes a local during the call.
    try checkKVM("KVM_GET_VCPU_EVENTS", unsafe ckvm_get_vcpu_events(descriptor.number, &events))
    let exception = events.exception
    let isPending = exception.injected | exception.pending != 0
    guard isPending || exception.nr != 0 else { return nil }
    return KnownException(
      vector: exception.nr, errorCode: exception.has_error_code != 0 ? exception.error_code : nil,
      isPending: isPending)
  }
}
