internal import CKVM
internal import LinuxHost

/// An MSR whose accesses by a guest this program answers.
public struct InterceptedRegister: Hashable, Sendable {
  /// The MSR's number; not of an x2APIC register (0x800 to 0x8ff), which KVM never hands over.
  public let index: UInt32
  /// Whether `rdmsr` exits, as ``VCPUExit/loadRegister(index:)``.
  public let isRead: Bool
  /// Whether `wrmsr` exits, as ``VCPUExit/storeRegister(index:value:)``.
  public let isWritten: Bool

  /// Names an MSR and the accesses to intercept, at least one of the two.
  public init(_ index: UInt32, isRead: Bool, isWritten: Bool) {
    precondition(!(0x800...0x8ff).contains(index), "x2APIC registers cannot be intercepted")
    precondition(isRead || isWritten, "an interception of nothing")
    self.index = index
    self.isRead = isRead
    self.isWritten = isWritten
  }
}

extension VirtualMachine {
  /// Lets guests' accesses to some MSRs exit, and all others stay KVM's: `KVM_X86_SET_MSR_FILTER`.
  ///
  /// This program's own accesses by `KVM_GET_MSRS` and `KVM_SET_MSRS` are not affected.
  ///
  /// - Parameter registers: At most 16; they replace those of the last call.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func intercept(_ registers: [InterceptedRegister]) throws(KVMError) {
    precondition(registers.count <= Int(KVM_MSR_FILTER_MAX_RANGES), "more MSRs than ranges")
    var request = kvm_enable_cap()
    request.cap = UInt32(KVM_CAP_X86_USER_SPACE_MSR)
    request.args.0 = UInt64(KVM_MSR_EXIT_REASON_FILTER)
    // SAFETY: the kernel reads a local during the call.
    try checkKVM(
      "KVM_ENABLE_CAP", on: "X86_USER_SPACE_MSR",
      unsafe ckvm_enable_cap(descriptor.number, &request))

    // A clear bit denies what its range names. The kernel reads bitmaps in units of eight bytes.
    var bitmap: UInt64 = 0
    let number = descriptor.number
    let result = unsafe withUnsafeMutableBytes(of: &bitmap) { clear in
      var filter = kvm_msr_filter()
      filter.flags = UInt32(KVM_MSR_FILTER_DEFAULT_ALLOW)
      unsafe withUnsafeMutableBytes(of: &filter.ranges) { bytes in
        // SAFETY: C declares the field as an array of this type, and the precondition above keeps
        // every index inside.
        let ranges = unsafe bytes.bindMemory(to: kvm_msr_filter_range.self)
        for (index, register) in registers.enumerated() {
          let accesses =
            (register.isRead ? KVM_MSR_FILTER_READ : 0)
            | (register.isWritten ? KVM_MSR_FILTER_WRITE : 0)
          unsafe ranges[index] = kvm_msr_filter_range(
            flags: UInt32(accesses), nmsrs: 1, base: register.index,
            bitmap: clear.bindMemory(to: UInt8.self).baseAddress)
        }
      }
      // SAFETY: the kernel reads the filter, and eight bytes at each of its bitmaps, during the call.
      return unsafe ckvm_set_msr_filter(number, &filter)
    }
    try checkKVM("KVM_X86_SET_MSR_FILTER", on: "\(registers.count) MSRs", result)
  }
}
