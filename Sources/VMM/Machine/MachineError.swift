public import ForeignDevice
internal import GuestImages
public import KVM
public import LinuxHost
internal import Synchronization
internal import TimerModels

/// Why a machine cannot be built.
public enum MachineError: Error, Hashable, CustomStringConvertible {
  /// The image is not one, or does not fit.
  case image(ImageError)
  /// KVM refused.
  case kvm(KVMError)
  /// The operating system refused.
  case system(SystemError)
  /// A device's adapter fell short.
  case adapter(AdapterError)

  /// One line that says what happened.
  public var description: String {
    switch self {
    case .image(let error): error.description
    case .kvm(let error): error.description
    case .system(let error): error.description
    case .adapter(let error): error.description
    }
  }
}
