internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TerminalText
internal import TimerModels

/// Why a vCPU's loop ends early.
enum LoopError: Error {
  case kvm(KVMError)
  case system(SystemError)
  case ended(Outcome)
  case unexpected(String)

  func outcome(cpu: Int) -> Outcome {
    switch self {
    case .kvm(let error): .failed(.kvm(error))
    case .system(let error): .failed(.system(error))
    case .ended(let outcome): outcome
    case .unexpected(let reason): .failed(.unexpectedExit(cpu: cpu, reason))
    }
  }
}

func lift<Result>(_ body: () throws(KVMError) -> Result) throws(LoopError) -> Result {
  do { return try body() } catch { throw .kvm(error) }
}
