public import ForeignDevice
public import KVM
public import LinuxHost

/// How a run ended.
public enum Outcome: Hashable, Sendable {
  /// The guest wrote its exit code to the debug exit port.
  case exited(code: UInt32)
  /// The guest reset itself or met a triple fault.
  case reset(cpu: Int)
  /// Every vCPU is halted and no event can wake one.
  case dead
  /// KVM's emulator met an instruction that it does not know.
  case unknownInstruction(cpu: Int, address: UInt64, bytes: [UInt8])
  /// The time was over.
  case timedOut
  /// In virtual time: the host's time was over, and the guest's own clock had not come to its limit.
  case hostTimedOut
  /// The time was over before the debugger's client connected there; the guest has executed nothing.
  case undebugged(address: LocalAddress)
  /// A checkpoint was written, and was to be the end.
  case checkpointed(file: String)
  /// A signal asked for the end.
  case signalled(Int32)
  /// KVM or the operating system refused something.
  case failed(RunError)

  /// Whether the run ended by something that was refused.
  public var isFailure: Bool { if case .failed = self { true } else { false } }

  /// Whether it ended because what reads standard output has gone.
  public var hasLostReader: Bool {
    guard case .failed(.system(let error)) = self else { return false }
    return StandardStream.output.hasLostReader(error)
  }
}

extension Outcome {
  /// The outcome, or what made a guest fail that did nothing wrong: that its memory went, because the
  /// checkpoint that it is mapped from was changed.
  func explained(by memory: borrowing GuestMemory) -> Outcome {
    switch self {
    case .reset, .dead, .unknownInstruction, .failed:
      do { try memory.requireSource() } catch { return .failed(.system(error)) }
      return self
    case .exited, .timedOut, .hostTimedOut, .undebugged, .checkpointed, .signalled: return self
    }
  }
}

/// What can stop a run from outside the guest.
public enum RunError: Error, Hashable, CustomStringConvertible {
  /// KVM refused.
  case kvm(KVMError)
  /// The operating system refused.
  case system(SystemError)
  /// A device's adapter fell short.
  case adapter(AdapterError)
  /// The machine could not be saved.
  case checkpoint(CheckpointError)
  /// KVM stopped the guest for a reason that this program did not ask for.
  case unexpectedExit(cpu: Int, String)

  /// One line that says what happened.
  public var description: String {
    switch self {
    case .kvm(let error): error.description
    case .system(let error): error.description
    case .adapter(let error): error.description
    case .checkpoint(let error): error.description
    case .unexpectedExit(let cpu, let reason): "vCPU \(cpu) stopped: \(reason)"
    }
  }
}
