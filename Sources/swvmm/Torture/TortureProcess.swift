import Experiments
import LinuxHost
import VMM

/// A machine that is brought back in a separate process.
enum TortureProcess {
  /// Runs `swvmm restore` on a checkpoint.
  ///
  /// - Parameter file: The checkpoint.
  /// - Returns: What its exit status says.
  /// - Throws: `TortureError` where no process can be made, and where the machine cannot be brought back in it.
  @Sendable static func restore(_ file: String) throws(TortureError) -> Outcome {
    switch try end(["swvmm", "restore", "--timeout", "20", file]) {
    case .exited(let status) where status <= 63: return .exited(code: UInt32(status))
    case .exited(100): return .reset(cpu: 0)
    case .exited(101): return .dead
    case .exited(124): return .timedOut
    case .exited(let status): throw .guest("swvmm restore ended with status \(status)")
    case .killed(let signal): throw .guest("signal \(signal) ended swvmm restore")
    }
  }

  private static func end(_ arguments: [String]) throws(TortureError) -> ChildProcess.End {
    do {
      var process = try ChildProcess(running: ChildProcess.ownProgram, arguments, given: [])
      return process.wait()
    } catch { throw .machine(.system(error)) }
  }
}
