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

  /// The process ids of the programs that devices are asked of, at most 40: no other may be ended.
  public var adapters: [Int32] = []

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
    try confine(to: CHOST_SUPERVISOR.rawValue | files)
  }

  /// Confines the calling thread to what running vCPUs needs, whose guests' accesses it answers.
  ///
  /// - Throws: ``SystemError`` naming `seccomp`.
  public func confineVCPU() throws(SystemError) {
    try confine(to: CHOST_VCPU.rawValue)
  }

  private func confine(to role: UInt32) throws(SystemError) {
    let roles =
      role | (debugs ? CHOST_DEBUGS.rawValue : 0)
      | (adapters.isEmpty ? 0 : CHOST_ASKS_ADAPTERS.rawValue)
    // SAFETY: the array is read during the call only.
    try Self.check("seccomp", unsafe chost_confine_thread(roles, adapters, adapters.count))
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
