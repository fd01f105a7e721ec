import LinuxHost
import VMM

/// A machine that is brought back in a process of its own.
enum TortureProcess {
  /// Runs `swvmm restore` on a checkpoint.
  ///
  /// - Parameter file: The checkpoint.
  /// - Returns: What its exit status says.
  /// - Throws: `SystemError` where no process can be made.
  @Sendable static func restore(_ file: String) throws(SystemError) -> Outcome {
    var process = try ChildProcess(
      running: ChildProcess.ownProgram, ["swvmm", "restore", "--timeout", "20", file], given: [])
    return switch process.wait() {
    case .exited(let status) where status <= 63: .exited(code: UInt32(status))
    case .exited(101): .dead
    case .exited, .killed: .timedOut
    }
  }
}
