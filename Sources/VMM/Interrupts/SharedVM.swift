internal import GuestImages
internal import KVM
internal import LinuxHost

/// A VM that several owners refer to.
final class SharedVM: Sendable {
  let handle: VirtualMachine

  init(_ handle: consuming VirtualMachine) { self.handle = handle }
}
