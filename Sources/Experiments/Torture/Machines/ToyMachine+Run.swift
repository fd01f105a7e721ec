internal import CKVM
internal import GuestImages
public import KVM
internal import LinuxHost

/// Why a toy guest stopped.
public enum ToyStop: Hashable, Sendable {
  /// It said something of itself.
  case event(TortureEvent)
  /// It ended, with that code.
  case exited(code: UInt32)
  /// It made another exit, which was answered: writes go nowhere, reads give all ones.
  case access
  /// It executed an instruction (``KVM/VirtualCPU/setSingleStep(_:)``).
  case step
  /// A signal came (``ToyMachine/kicks``).
  case kicked
  /// It stopped in a way that no toy guest should; the reason.
  case died(String)
}

extension ToyMachine {
  /// Runs the guest to its next stop: `KVM_RUN`, once.
  ///
  /// - Returns: Why it stopped.
  /// - Throws: ``KVMError`` naming the request.
  public func run() throws(KVMError) -> ToyStop {
    vcpu.requestImmediateExit(false)
    return stop(try vcpu.enter())
  }

  /// Completes the last exit, so that the state may be read or written; no instruction more is executed.
  ///
  /// - Throws: ``KVMError`` naming the request.
  public func settle() throws(KVMError) {
    while case let exit = try vcpu.completeExit(), exit != .interrupted { _ = stop(exit) }
  }

  /// The instruction at RIP, for guests whose addresses are physical; nil outside of RAM.
  public func nextOpcode() throws(KVMError) -> UInt8? {
    machine.memory.bytes(at: try vcpu.registers().rip, count: 1)?.first
  }

  private func stop(_ exit: VCPUExit) -> ToyStop {
    let time = MonotonicClock.now()
    switch exit {
    case .interrupted: return .kicked
    case .debug: return .step
    case .port(let access) where access.isWrite:
      let value = vcpu.portValue(access, access.count - 1)
      if access.port == UInt16(PLATFORM_EXIT_PORT) { return .exited(code: value) }
      guard access.port == UInt16(PLATFORM_LAB_MARK), access.size == 4 else { return .access }
      return TortureEvent(mark: value, at: time).map(ToyStop.event) ?? .access
    case .port(let access):
      for repetition in 0..<access.count { vcpu.answer(access, repetition, with: .max) }
      return .access
    case .load:
      vcpu.answerLoad(.max)
      return .access
    case .store: return .access
    default: return .died("\(exit)")
    }
  }
}
