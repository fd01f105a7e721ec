internal import KVM
internal import LinuxHost
public import TimerModels

/// A write to a vCPU's TSC that this program makes before the guest starts, as other VMMs do.
public struct TSCWrite: Hashable, Sendable {
  /// The longest pause before a write, in nanoseconds.
  public static let pauseMax: UInt64 = 1_000_000_000

  let operation: TSCOperation
  /// The vCPU.
  public let vcpu: Int
  /// How long to wait before it, in nanoseconds.
  let pause: UInt64

  /// A write of IA32_TSC, IA32_TSC_ADJUST or the offset by the host; nil for an operation of another kind,
  /// and for a pause of more than ``pauseMax``.
  ///
  /// - Parameters:
  ///   - operation: What is written.
  ///   - pause: How long to wait before it, in nanoseconds.
  public init?(_ operation: TSCOperation, after pause: UInt64) {
    switch operation {
    case .hostWriteTSC(let vcpu, _), .hostWriteOffset(let vcpu, _), .hostWriteAdjust(let vcpu, _):
      self.vcpu = vcpu
    default: return nil
    }
    guard pause <= Self.pauseMax else { return nil }
    self.operation = operation
    self.pause = pause
  }

  fileprivate func make(on vcpu: borrowing VirtualCPU) throws(KVMError) {
    switch operation {
    case .hostWriteTSC(_, let value):
      _ = try vcpu.setModelSpecificRegister(TimeStampCounters.counter, to: value)
    case .hostWriteAdjust(_, let value):
      _ = try vcpu.setModelSpecificRegister(TimeStampCounters.adjustment, to: value)
    case .hostWriteOffset(_, let offset):
      guard vcpu.hasTSCOffset else {
        throw .missing(.vcpuAttributes, purpose: "a write of a TSC's offset")
      }
      try vcpu.setTSCOffset(offset)
    default: preconditionFailure("no write by the host")
    }
  }
}

extension Machine {
  /// Makes writes to the TSCs, one after the other.
  ///
  /// - Parameter writes: The writes, each to a vCPU that there is.
  /// - Throws: ``KVMError`` naming the request.
  func perform(_ writes: [TSCWrite]) throws(KVMError) {
    for write in writes {
      if write.pause > 0 {
        let end = MonotonicClock.now() &+ write.pause
        while MonotonicClock.now() < end { Poller.pause(until: end) }
      }
      let vcpu = vcpus[write.vcpu]
      guard let timeStampCounters else {
        try write.make(on: vcpu.handle)
        continue
      }
      try timeStampCounters.write(write.operation, by: .sequence, to: vcpu.handle) {
        (handle) throws(KVMError) in try write.make(on: handle)
      }
    }
  }
}
