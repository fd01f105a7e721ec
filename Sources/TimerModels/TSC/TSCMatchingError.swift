/// Why an operation on TSCs was refused; nothing was changed, but for a ratio where noted.
public enum TSCMatchingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A frequency of 0 kHz.
  case noFrequency
  /// A frequency below the host's where the host cannot scale; KVM has set the ratio to no other.
  case scalingUnsupported(kilohertz: UInt32, host: UInt32)
  /// A frequency for which the hardware has no ratio.
  case ratioOutOfRange(kilohertz: UInt32, host: UInt32)
  /// A vCPU that has not been created.
  case noSuchVCPU(Int)
  /// One vCPU more than ``TSCVCPUs/limit``.
  case tooManyVCPUs

  /// A sentence for a person.
  public var description: String {
    switch self {
    case .noFrequency: "a TSC cannot count at 0 kHz"
    case .scalingUnsupported(let kilohertz, let host):
      "a host at \(host) kHz that cannot scale has no \(kilohertz) kHz for a guest"
    case .ratioOutOfRange(let kilohertz, let host):
      "the hardware cannot scale \(host) kHz to \(kilohertz) kHz"
    case .noSuchVCPU(let vcpu): "there is no vCPU \(vcpu)"
    case .tooManyVCPUs: "there are \(TSCVCPUs.limit) vCPUs already"
    }
  }
}
