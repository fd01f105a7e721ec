internal import CKVM
internal import LinuxHost

/// A vCPU's time-stamp counter: `guest TSC = host TSC * ratio + offset`, modulo 2^64.
extension VirtualCPU {
  /// The frequency that KVM gives the guest's TSC, in kHz: `KVM_GET_TSC_KHZ`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func tscFrequency() throws(KVMError) -> UInt32 {
    // The wrapper's result is never negative here, so the conversion cannot trap.
    UInt32(try checkKVM("KVM_GET_TSC_KHZ", ckvm_get_tsc_khz(descriptor.number)))
  }

  /// Sets the frequency of the guest's TSC: `KVM_SET_TSC_KHZ`.
  ///
  /// Without ``Capability/tscControl`` KVM takes the host's own, and one that it considers near enough;
  /// some versions take a higher one, too, and let the guest's TSC jump to catch up.
  ///
  /// - Parameter kilohertz: kHz, more than 0.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setTSCFrequency(_ kilohertz: UInt32) throws(KVMError) {
    try checkKVM(
      "KVM_SET_TSC_KHZ", on: "\(kilohertz) kHz",
      ckvm_set_tsc_khz(descriptor.number, UInt(kilohertz)))
  }

  /// Whether the offset is an attribute of the vCPU's: `KVM_HAS_DEVICE_ATTR` (Linux 5.16 and later).
  public var hasTSCOffset: Bool {
    var attribute = Self.tscOffsetAttribute
    // SAFETY: the kernel reads a local during the call, and nothing that it points to.
    return unsafe ckvm_has_device_attribute(descriptor.number, &attribute) == 0
  }

  /// The offset, modulo 2^64: `KVM_GET_DEVICE_ATTR` of `KVM_VCPU_TSC_OFFSET`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func tscOffset() throws(KVMError) -> UInt64 {
    var offset: UInt64 = 0
    let number = descriptor.number
    let result = unsafe withUnsafeMutablePointer(to: &offset) { target in
      var attribute = Self.tscOffsetAttribute
      attribute.addr = UInt64(UInt(bitPattern: target))
      // SAFETY: this attribute has eight bytes, and its address is that of a local of eight bytes,
      // which the kernel writes during the call.
      return unsafe ckvm_get_device_attribute(number, &attribute)
    }
    try checkKVM("KVM_GET_DEVICE_ATTR", on: "KVM_VCPU_TSC_OFFSET", result)
    return offset
  }

  /// Sets the offset: `KVM_SET_DEVICE_ATTR` of `KVM_VCPU_TSC_OFFSET`.
  ///
  /// Unlike a write of IA32_TSC it depends on no moment, and none of the kernel's guesses about
  /// synchronising vCPUs applies. Some backends accept it and change nothing: read it back.
  ///
  /// - Parameter offset: Modulo 2^64.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setTSCOffset(_ offset: UInt64) throws(KVMError) {
    let number = descriptor.number
    let result = unsafe withUnsafePointer(to: offset) { source in
      var attribute = Self.tscOffsetAttribute
      attribute.addr = UInt64(UInt(bitPattern: source))
      // SAFETY: this attribute has eight bytes, and its address is that of a local of eight bytes,
      // which the kernel reads during the call.
      return unsafe ckvm_set_device_attribute(number, &attribute)
    }
    try checkKVM(
      "KVM_SET_DEVICE_ATTR", on: "KVM_VCPU_TSC_OFFSET = 0x\(String(offset, radix: 16))", result)
  }

  private static var tscOffsetAttribute: kvm_device_attr {
    kvm_device_attr(
      flags: 0, group: UInt32(KVM_VCPU_TSC_CTRL), attr: UInt64(KVM_VCPU_TSC_OFFSET), addr: 0)
  }
}
