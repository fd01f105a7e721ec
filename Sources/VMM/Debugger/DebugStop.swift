internal import GDBProtocol

/// Why a guest stopped for its debugger.
struct DebugStop: Hashable, Sendable {
  enum Reason: Hashable, Sendable {
    /// Before its first instruction.
    case beginning
    case step
    case softwareBreakpoint
    case hardwareBreakpoint
    case watchpoint(Breakpoint)
    /// The client asked for it.
    case interrupt
    /// The run is about to end.
    case ended(Outcome)
    /// Going back, there was nothing before.
    case historyBegins
    /// Running again, the guest did something else than before.
    case historyDiffers
  }

  let cpu: Int
  let reason: Reason

  init(cpu: Int, _ reason: Reason) { (self.cpu, self.reason) = (cpu, reason) }
}
