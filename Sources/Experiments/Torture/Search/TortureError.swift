internal import KVM
public import VMM

/// Why there is no result.
public enum TortureError: Error, Hashable, CustomStringConvertible {
  /// A VM could not be made, or a guest not booted in it.
  case machine(MachineError)
  /// The guest does not do what the contract of such guests says; what it did.
  case guest(String)

  /// One line that says what happened.
  public var description: String {
    switch self {
    case .machine(let error): error.description
    case .guest(let what): "the guest keeps no contract: \(what)"
    }
  }
}

/// Does what asks KVM alone.
func lifting<Result: ~Copyable>(
  _ body: () throws(KVMError) -> Result
) throws(TortureError) -> Result {
  do { return try body() } catch { throw .machine(.kvm(error)) }
}

/// Does what makes a VM.
func lifting<Result: ~Copyable>(
  _ body: () throws(MachineError) -> Result
) throws(TortureError) -> Result {
  do { return try body() } catch { throw .machine(error) }
}
