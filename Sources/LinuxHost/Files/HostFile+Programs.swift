internal import Glibc

extension HostFile {
  /// The folders in which programs are looked for by their names: those of `PATH`.
  public static var programFolders: [String] {
    // SAFETY: the C library's string is copied at once; nothing in this program changes the environment.
    let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    return path.split(separator: ":").map(String.init)
  }

  /// Whether there is a file that this process may execute.
  public static func isProgram(_ path: String) -> Bool {
    // SAFETY: access(2) reads the path during the call.
    unsafe access(path, X_OK) == 0
  }

  /// Demands that there is a file which this process may execute.
  ///
  /// - Throws: ``SystemError`` naming `access` and the path: `ENOENT`, or `EACCES` as execve(2) has it for a folder.
  public static func requireProgram(_ path: String) throws(SystemError) {
    // SAFETY: access(2) reads the path during the call.
    try check("access", on: path, unsafe access(path, X_OK))
    guard isRegular(path) else {
      throw SystemError(call: "access", on: path, errno: .accessDenied)
    }
  }
}
