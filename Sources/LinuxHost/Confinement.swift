internal import CLinuxHost

/// What the threads of a run keep of their rights once it is set up: `seccomp(2)`, with a list of system
/// calls for each kind of thread (`Confinement.c`).
///
/// A call that is on no list ends the process with a line on standard error that names it, the terminal as
/// it was, and status 70. What is given up is given up for good, and by threads that are started later, too.
public struct Confinement: Hashable, Sendable {
  /// Whether the supervising thread still has files to open: checkpoints, or a trace at the end.
  public var opensFiles: Bool

  /// Whether a debugger looks at the machine, and changes it.
  public var debugs = false

  /// Whether devices are asked of adapters, which are ended, too.
  public var asksAdapters = false

  /// A confinement of a run that opens files, or does not.
  public init(opensFiles: Bool) { self.opensFiles = opensFiles }

  /// Prepares the process: it, and what it executes, gets no more rights than it has, and a denied call is
  /// reported.
  ///
  /// Before its threads are started. Whether standard input is a terminal, and how that is set, is seen now.
  ///
  /// - Throws: ``SystemError`` naming `prctl`.
  public func prepare() throws(SystemError) {
    try Self.check("prctl", on: "PR_SET_NO_NEW_PRIVS", chost_prepare_confinement())
  }

  /// Confines the calling thread to what supervising needs.
  ///
  /// - Throws: ``SystemError`` naming `seccomp`.
  public func confineSupervisor() throws(SystemError) {
    let files = opensFiles ? CHOST_OPENS_FILES.rawValue : 0
    try Self.check("seccomp", chost_confine_thread(CHOST_SUPERVISOR.rawValue | files | other))
  }

  /// Confines the calling thread to what running vCPUs needs, whose guests' accesses it answers.
  ///
  /// - Throws: ``SystemError`` naming `seccomp`.
  public func confineVCPU() throws(SystemError) {
    try Self.check("seccomp", chost_confine_thread(CHOST_VCPU.rawValue | other))
  }

  private var other: UInt32 {
    (debugs ? CHOST_DEBUGS.rawValue : 0) | (asksAdapters ? CHOST_ASKS_ADAPTERS.rawValue : 0)
  }

  private static func check(
    _ call: String, on subject: String? = nil, _ result: Int32
  ) throws(SystemError) {
    guard result < 0 else { return }
    throw SystemError(
      call: call, on: subject, errno: Errno(rawValue: -result),
      advice: "this kernel cannot filter system calls: run with --confine off")
  }
}
