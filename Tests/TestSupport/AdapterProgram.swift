import Glibc

/// The adapters in Tests/Adapters, built where there is a compiler for them.
public enum AdapterProgram {
  /// Whether there is a C compiler.
  public static let hasCompiler = shell("cc --version").status == 0
  /// Whether there is a Python.
  public static let hasPython = interpreter != nil
  /// Whether there is a Rust compiler.
  public static let hasRust = shell("rustc --version").status == 0

  /// The command line of the example in C, with or without one of its bugs.
  public static func timer(bug: String? = nil) -> String {
    built(
      "c-timer/c-timer.c",
      "cc -std=c99 -Wall -Wextra -Werror -O1 " + (bug.map { "-DBUG_\($0)" } ?? ""))
  }

  /// The command line of an adapter that lies.
  public static func liar(_ lie: String) -> String {
    built("liar/liar.c", "cc -std=c99 -D_DEFAULT_SOURCE -Wall -Wextra -Werror") + " \(lie)"
  }

  /// The command line of the example in Python.
  public static let python = "\(python3) '\(folder)/python/timer.py'"

  /// The command line of the example in Rust.
  public static func rust() -> String { built("rust/timer.rs", "rustc -O") }

  /// Whether there is the QEMU that the adapter for its controller starts, and a Python for the adapter.
  public static let hasQEMU = hasPython && shell("qemu-system-arm --version").status == 0

  /// The command line of another adapter's device with a fault.
  public static func faulty(_ fault: String, _ command: String) -> String {
    "\(python3) '\(folder)/faulty/faulty.py' \(fault) \(command)"
  }

  /// The command line of the adapter for QEMU's GICv2.
  public static let qemuController = "\(python3) '\(folder)/qemu-gic/qemu-gic.py'"

  /// The command line of our own model of a kind, served as an adapter does.
  public static func ours(_ kind: String) -> String { "\(swvmm) device serve \(kind)" }

  private static let python3 = interpreter ?? "python3"

  /// Python's own program: the first of that name may be a script that looks for it, longer than a test takes.
  private static let interpreter: String? = {
    let result = shell("python3 -c 'import sys; print(sys.executable)'")
    return result.status == 0 ? String(result.output.dropLast()) : nil
  }()

  private static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return "/" + parts.joined(separator: "/") + "/Adapters"
  }()

  /// Builds a program once per test run.
  private static func built(_ source: String, _ compiler: String) -> String {
    let name = (compiler + source).map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    let program = "/tmp/swvmm-adapter-\(getpid())-\(name)"
    guard access(program, X_OK) != 0 else { return program }
    let result = shell(
      """
      \(source.hasSuffix(".c") ? "$SWVMM device header >swvmm_device.h" : ":")
      \(compiler) \(source.hasSuffix(".c") ? "-I." : "") -o program '\(folder)/\(source)' && mv program \(program)
      """)
    precondition(result.status == 0, result.errors)
    return program
  }
}
