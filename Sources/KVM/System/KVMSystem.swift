internal import CKVM
internal import Glibc
internal import LinuxHost

/// `/dev/kvm`, open.
///
/// Nothing is concluded from CPUID: a host that shows neither VMX nor SVM may well have a KVM
/// (KVM_PVM does). What counts is that the device opens and speaks API version 12.
public struct KVMSystem: ~Copyable, Sendable {
  /// *Order:* declared, and so ended, before the descriptor that it asks.
  let query = FeatureQuery()
  let descriptor: OwnedDescriptor

  /// The size of a vCPU's shared page and what follows it, in bytes: `KVM_GET_VCPU_MMAP_SIZE`.
  let runSize: Int

  /// What a vCPU's state consists of here.
  let saving: StateExtent

  /// Opens the device.
  ///
  /// - Parameter path: Where it is.
  /// - Throws: ``KVMError/unavailable(reason:advice:)`` with the reason and the remedy, or ``KVMError/failed(_:)``
  ///   where the system was short of something.
  public init(path: String = "/dev/kvm") throws(KVMError) {
    let descriptor = try Self.open(path)
    let version = ckvm_get_api_version(descriptor.number)
    guard version == KVM_API_VERSION else {
      throw .unavailable(
        reason: version < 0
          ? "\(path) does not answer KVM_GET_API_VERSION"
          : "\(path) speaks API version \(version)",
        advice: "this program speaks version \(KVM_API_VERSION), as every kernel since 2.6.22 does")
    }
    let runSize = Int(
      try checkKVM("KVM_GET_VCPU_MMAP_SIZE", ckvm_get_vcpu_mmap_size(descriptor.number)))
    precondition(runSize >= MemoryLayout<kvm_run>.size, "a vCPU's page holds kvm_run")
    for needed in [Capability.userMemory, .immediateExit]
    where ckvm_check_extension(descriptor.number, UInt(needed.rawValue)) <= 0 {
      throw .missing(needed, purpose: "every guest")
    }
    saving = try StateExtent(of: descriptor)
    self.descriptor = descriptor
    self.runSize = runSize
  }

  private static func open(_ path: String) throws(KVMError) -> OwnedDescriptor {
    do {
      return try OwnedDescriptor(opening: path, flags: O_RDWR)
    } catch {
      guard !error.isOfShortage else { throw .failed(error) }
      throw .unavailable(
        reason: "\(path): \(error.errno.message) (\(error.errno.name))",
        advice: Self.advice(for: error, path: path))
    }
  }

  /// What the host says of an extension: `KVM_CHECK_EXTENSION`.
  ///
  /// - Parameter feature: The extension.
  /// - Returns: 0 where it is absent, else 1 or a number whose meaning is the extension's.
  public func value(of feature: Capability) -> Int {
    Int(max(0, ckvm_check_extension(descriptor.number, UInt(feature.rawValue))))
  }

  private static func advice(for error: SystemError, path: String) -> String {
    switch error.errno {
    case .notFound, .noDevice, .noSuchDevice:
      "load the module (modprobe kvm_intel or kvm_amd), enable virtualisation in the firmware, "
        + "or, in a virtual machine, nested virtualisation on its host"
    case .accessDenied, .notPermitted:
      "open it to yourself (usermod -aG kvm $USER and a new login, or setfacl -m u:$USER:rw \(path))"
    case .busy: "another hypervisor holds the processor's virtualisation"
    default: error.advice ?? "see kvm(4)"
    }
  }
}
