internal import GDBProtocol
internal import Synchronization

/// What a debugger wants of the vCPUs, and what they tell it: all that its session and the threads that run
/// vCPUs share.
///
/// **Threads.** The session's thread, which supervises, changes orders while the machine is paused; the
/// threads that run vCPUs read them, and note stops. The first stop of a run wins.
final class DebugControl: Sendable {
  /// What a vCPU is to do until the next stop.
  enum Order: Hashable, Sendable {
    case run
    /// One instruction.
    case step
    /// Nothing; at the host's time alone.
    case hold
  }

  private struct State: Sendable {
    var orders: [Order]
    var breakpoints = BreakpointTable()
    var patches: BreakpointPatches
    var stop: DebugStop?
    var journey: Journey?
    var isAttached = true
    /// The end of the run that waits for the client to know of it.
    var end: Outcome?
    var letsEnd = false
    /// Each vCPU's exits, as far as they were recorded when the machine paused.
    var exits: [Int: ExitSummary] = [:]
    /// Whether the client changed the machine, and pages that it wrote since that was last taken.
    var isChanged = false
    var writtenPages: Set<Int> = []
    /// Guest memory before the first instruction, of a run that can go back.
    var initialPages: [Int: [UInt8]] = [:]
    /// Whether the guest is on its way back, and its ends are none.
    var isTravelling = false
  }

  /// Whether a run is a function of its start, so that it can go back.
  let isReversible: Bool
  /// Which breakpoints stop a guest here.
  let support: BreakpointSupport
  private let state: Mutex<State>

  init(_ configuration: MachineConfiguration, _ support: BreakpointSupport) {
    self.support = support
    isReversible = configuration.time != .host
    state = Mutex(
      State(
        orders: Array(repeating: .run, count: configuration.cpus),
        patches: BreakpointPatches(for: configuration.irqchip)))
  }

  // MARK: For the threads that run vCPUs

  func order(of cpu: Int) -> Order { state.withLock { $0.orders[cpu] } }

  var breakpoints: BreakpointTable { state.withLock { $0.breakpoints } }

  /// What is in memory in the place of the guest's own bytes while it runs.
  var patches: BreakpointPatches { state.withLock { $0.patches } }

  /// Notes why the guest is to stop; a pause is to be asked for then (``Machine/stop(for:by:)``).
  ///
  /// - Returns: Whether a debugger is there to be told.
  func note(_ stop: DebugStop) -> Bool {
    state.withLock { state in
      if state.stop == nil { state.stop = stop }
      return state.isAttached
    }
  }

  /// Whether the end of a run is to wait, because the debugger is told first.
  ///
  /// A guest that exits leaves nothing to look at, unless the run can go back.
  func delays(_ outcome: Outcome) -> Bool {
    switch outcome {
    case .exited where !isReversible: return false
    case .exited, .reset, .dead, .unknownInstruction, .failed(.unexpectedExit): break
    case .timedOut, .hostTimedOut, .undebugged, .checkpointed, .signalled, .failed: return false
    }
    return state.withLock { state in
      guard state.isAttached && !state.letsEnd else { return false }
      if state.isTravelling { return true }
      if state.end == nil { state.end = outcome }
      if state.stop == nil { state.stop = DebugStop(cpu: 0, .ended(outcome)) }
      return true
    }
  }

  /// Whether the guest is on its way back, where its ends come once more and are none.
  var isTravelling: Bool {
    get { state.withLock { $0.isTravelling } }
    set { state.withLock { $0.isTravelling = newValue } }
  }

  func takeInitialPages() -> [Int: [UInt8]] {
    state.withLock { state in
      defer { state.initialPages = [:] }
      return state.initialPages
    }
  }

  /// Leaves what a vCPU's loop recorded for the session to look at.
  func publish(_ exits: ExitSummary, cpu: Int) { state.withLock { $0.exits[cpu] = exits } }

  func takeJourney() -> Journey? {
    state.withLock { state in
      defer { state.journey = nil }
      return state.journey
    }
  }

  /// Whether the client changed the machine since the last time, and which pages it wrote.
  func takeChanges() -> (isChanged: Bool, pages: Set<Int>) {
    state.withLock { state in
      defer { (state.isChanged, state.writtenPages) = (false, []) }
      return (state.isChanged, state.writtenPages)
    }
  }

  // MARK: For the session

  /// Says what is in memory before the guest's first instruction.
  func setInitialPages(_ pages: [Int: [UInt8]]) { state.withLock { $0.initialPages = pages } }

  /// Why the guest stopped; nil where no thread had a reason.
  var stop: DebugStop? { state.withLock { $0.stop } }

  var exits: [Int: ExitSummary] { state.withLock { $0.exits } }

  /// Forgets the last stop, and says what comes next.
  func resume(_ orders: [Order], _ journey: Journey? = nil) {
    state.withLock { state in
      state.stop = nil
      state.end = nil
      state.orders = orders
      state.journey = journey
    }
  }

  /// The end that waits, if one does; from now on none waits.
  func letEnd() -> Outcome? {
    state.withLock { state in
      if state.end != nil { state.letsEnd = true }
      return state.end
    }
  }

  /// The client has gone: no breakpoints, no orders, and no more stops.
  ///
  /// - Returns: The end that waited for it.
  func detach() -> Outcome? {
    state.withLock { state in
      state.isAttached = false
      state.stop = nil
      state.journey = nil
      state.breakpoints = BreakpointTable()
      for cpu in state.orders.indices { state.orders[cpu] = .run }
      return state.end
    }
  }

  func withBreakpoints<Result: Sendable>(_ body: (inout BreakpointTable) -> Result) -> Result {
    state.withLock { body(&$0.breakpoints) }
  }

  func withPatches(_ body: (inout BreakpointPatches) -> Void) {
    state.withLock { body(&$0.patches) }
  }

  /// The client changed registers, or memory in some pages.
  func noteChange(pages: [Int] = []) {
    state.withLock { state in
      state.isChanged = true
      state.writtenPages.formUnion(pages)
    }
  }
}
