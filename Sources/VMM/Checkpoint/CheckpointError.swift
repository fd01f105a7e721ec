/// Why a machine cannot be saved, or cannot be restored.
public enum CheckpointError: Error, Hashable, CustomStringConvertible {
  /// The file cannot be written or read, is damaged, or says what no machine can be.
  case file(CheckpointFileError)
  /// The file is all right, and this host cannot continue from it.
  case unsuitableHost(String)
  /// The machine cannot be built, or saved.
  case machine(MachineError)

  /// One line that says what happened.
  public var description: String {
    switch self {
    case .file(let error): error.description
    case .unsuitableHost(let reason): reason
    case .machine(let error): error.description
    }
  }
}
