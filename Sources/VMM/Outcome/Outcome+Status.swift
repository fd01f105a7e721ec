/// The exit status of `swvmm run`.
extension Outcome {
  /// What the command ends with, 0 to 255, if nothing else went wrong.
  public var status: Int32 {
    switch self {
    case .exited(let code): code <= 63 ? Int32(code) : 63
    case .reset: 100
    case .dead: 101
    case .checkpointed: 0
    case .unknownInstruction: 102
    case .timedOut, .hostTimedOut, .undebugged: 124
    case .signalled(let number): 128 + number
    // sysexits(3): EX_SOFTWARE, EX_DATAERR, EX_OSERR.
    case .failed(.unexpectedExit): 70
    case .failed(.adapter): 65
    case .failed: 71
    }
  }
}
