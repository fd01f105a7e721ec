/// What happens to the TSCs of a VM, for a driver that gets it from a file or a search.
public enum TSCOperation: Hashable, Sendable {
  /// A vCPU is created.
  case createVCPU
  /// The host writes IA32_TSC: KVM_SET_MSRS.
  case hostWriteTSC(vcpu: Int, UInt64)
  /// The host writes the offset: the device attribute KVM_VCPU_TSC_OFFSET.
  case hostWriteOffset(vcpu: Int, UInt64)
  /// The host writes IA32_TSC_ADJUST.
  case hostWriteAdjust(vcpu: Int, UInt64)
  /// The guest writes IA32_TSC.
  case guestWriteTSC(vcpu: Int, UInt64)
  /// The guest writes IA32_TSC_ADJUST.
  case guestWriteAdjust(vcpu: Int, UInt64)
  /// KVM_SET_TSC_KHZ of a vCPU.
  case setFrequency(vcpu: Int, kilohertz: UInt32)
  /// The guest is entered: KVM_RUN.
  case enterGuest(vcpu: Int)
  /// The guest exits.
  case exitGuest(vcpu: Int)

  /// The vCPU concerned, or nil where one is created.
  public var vcpu: Int? {
    switch self {
    case .createVCPU: nil
    case .hostWriteTSC(let vcpu, _), .hostWriteOffset(let vcpu, _),
      .hostWriteAdjust(let vcpu, _), .guestWriteTSC(let vcpu, _), .guestWriteAdjust(let vcpu, _),
      .setFrequency(let vcpu, _), .enterGuest(let vcpu), .exitGuest(let vcpu):
      vcpu
    }
  }
}

extension TSCMatchingRules {
  /// Carries an operation out, and explains what KVM does.
  ///
  /// - Throws: ``TSCMatchingError``, for vCPUs that there are not, too.
  public mutating func perform(
    at now: TSCHostTime, _ operation: TSCOperation
  ) throws(TSCMatchingError) -> TSCDecision {
    if let vcpu = operation.vcpu, !(0..<state.vcpus.count).contains(vcpu) {
      throw .noSuchVCPU(vcpu)
    }
    switch operation {
    case .createVCPU:
      guard state.vcpus.count < TSCVCPUs.limit else { throw .tooManyVCPUs }
      return createVCPU(at: now)
    case .hostWriteTSC(let vcpu, let value):
      return hostWriteTSC(at: now, vcpu: vcpu, value)
    case .hostWriteOffset(let vcpu, let offset):
      return hostWriteOffset(at: now, vcpu: vcpu, offset)
    case .hostWriteAdjust(let vcpu, let value):
      return hostWriteAdjust(at: now, vcpu: vcpu, value)
    case .guestWriteTSC(let vcpu, let value):
      return guestWriteTSC(at: now, vcpu: vcpu, value)
    case .guestWriteAdjust(let vcpu, let value):
      return guestWriteAdjust(at: now, vcpu: vcpu, value)
    case .setFrequency(let vcpu, let kilohertz):
      return try setFrequency(at: now, vcpu: vcpu, kilohertz: kilohertz)
    case .enterGuest(let vcpu): return enterGuest(at: now, vcpu: vcpu)
    case .exitGuest(let vcpu): return exitGuest(at: now, vcpu: vcpu)
    }
  }
}
