internal import GDBProtocol
internal import KVM

/// Runs all vCPUs of a machine in virtual time, as a debugger orders it, forward and back.
///
/// *Guarantee:* the guest's instructions, exits and instants are those of a run without a debugger, wherever
/// it is stopped and however often it is brought back: stops are no exits, and cost nothing. What it sends is
/// written once, when it is sent for the first time.
///
/// A vCPU that is to stand still while another one makes a step has its turns all the same: whose turn it is
/// belongs to the run.
struct DebuggedScheduler {
  var scheduler: VirtualScheduler
  let debug: DebugControl
  var history = History()
  /// The instant; `nil` instructions: not counted, because the vCPU ran through some of them.
  var turns: UInt64 = 0
  var instructions: Int? = 0
  /// Whether no vCPU is ready, and no alarm will make one so.
  private(set) var isDead = false
  /// The most turns that were ever taken.
  private var frontier: UInt64 = 0
  /// What is in memory, as of the last look.
  private(set) var pages: [Int: [UInt8]] = [:]

  var machine: Machine { scheduler.machine }

  init(_ scheduler: VirtualScheduler, _ debug: DebugControl) throws(KVMError) {
    self.scheduler = scheduler
    self.debug = debug
    pages = debug.takeInitialPages()
    try rememberChanges()
    history.begin(with: try scheduler.keep(at: VirtualPosition(), pages: pages))
  }

  /// Runs until the machine stops.
  mutating func run() throws(KVMError) {
    while !machine.isStopping {
      if machine.isPauseWanted {
        try pause()
      } else if let journey = debug.takeJourney() {
        try travel(journey)
      } else {
        try advance()
      }
    }
  }

  private mutating func pause() throws(KVMError) {
    for loop in scheduler.loops { debug.publish(loop.exitSummary, cpu: loop.vcpu.index) }
    scheduler.publish()
    try machine.park(scheduler.loops)
    // The client may have set registers, which on some backends ends what KVM was told.
    for loop in scheduler.loops { loop.appliedDebugging = nil }
    let changes = debug.takeChanges()
    if changes.isChanged { try beginHistory(written: changes.pages) }
  }

  /// From here on the run is another one: what was before does not lead to it.
  mutating func beginHistory(written: Set<Int> = []) throws(KVMError) {
    remember(written)
    try rememberChanges()
    instructions = 0
    frontier = turns
    history.begin(with: try scheduler.keep(at: VirtualPosition(turns: turns), pages: pages))
  }

  // MARK: Forward

  /// What became of a vCPU that was entered.
  enum Move {
    /// Nothing: the host interrupted it.
    case none
    /// It stopped within its turn.
    case within(DebugEvent)
    /// Its turn is over.
    case turn
  }

  private mutating func advance() throws(KVMError) {
    let table = debug.breakpoints
    guard let loop = scheduler.readyLoop() else { return try idle(watching: table) }
    let isOrdered = debug.order(of: loop.vcpu.index) == .step
    let before = try machine.watchedValues(by: table, loop.vcpu)
    let move =
      isOrdered || !table.compared.isEmpty
      ? try step(loop, with: table) : try turn(loop, with: table)
    let cpu = loop.vcpu.index
    if let changed = try machine.changedWatch(since: before, by: table, loop.vcpu) {
      machine.stop(for: DebugStop(cpu: cpu, .watchpoint(changed)), by: debug)
    }
    switch move {
    case .none: break
    case .within(let event): try loop.answer(event, by: debug, isStep: isOrdered)
    case .turn: if isOrdered { machine.stop(for: DebugStop(cpu: cpu, .step), by: debug) }
    }
    try keepIfDue()
  }

  private mutating func idle(watching table: BreakpointTable) throws(KVMError) {
    let vcpu = machine.vcpus[scheduler.next]
    let before = try machine.watchedValues(by: table, vcpu)
    try idle()
    if let changed = try machine.changedWatch(since: before, by: table, vcpu) {
      machine.stop(for: DebugStop(cpu: vcpu.index, .watchpoint(changed)), by: debug)
    }
    try keepIfDue()
  }

  private mutating func keepIfDue() throws(KVMError) {
    guard instructions == 0, history.isDue(at: VirtualPosition(turns: turns)) else { return }
    try rememberChanges()
    history.add(try scheduler.keep(at: VirtualPosition(turns: turns), pages: pages))
  }

  // MARK: Moves

  /// One turn of a vCPU that is ready, or its part up to a breakpoint.
  mutating func turn(_ loop: VCPULoop, with table: BreakpointTable) throws(KVMError) -> Move {
    begin(loop)
    switch try loop.turn(with: table) {
    case .interrupted: return .none
    case .debug(let event):
      instructions = nil
      return .within(event)
    default: return try end(loop)
    }
  }

  /// One instruction of a vCPU that is ready.
  mutating func step(_ loop: VCPULoop, with table: BreakpointTable) throws(KVMError) -> Move {
    begin(loop)
    switch try loop.step(with: table, takesInterrupts: true) {
    case .interrupted: return .none
    case .debug(let event):
      // At a breakpoint of the client's nothing was executed.
      if event.isStep || event.isOwn, let count = instructions { instructions = count + 1 }
      return .within(event)
    default: return try end(loop)
    }
  }

  private mutating func begin(_ loop: VCPULoop) {
    scheduler.next = loop.vcpu.index
    loop.isMuted = turns < frontier
  }

  private mutating func end(_ loop: VCPULoop) throws(KVMError) -> Move {
    try scheduler.complete(loop)
    scheduler.next = (scheduler.next + 1) % scheduler.loops.count
    takeTurn()
    scheduler.endIfOver()
    return .turn
  }

  /// Where no vCPU is ready: waits for the next alarm.
  mutating func idle() throws(KVMError) {
    isDead = try !scheduler.idle()
    if !isDead { takeTurn() }
    scheduler.endIfOver()
  }

  private mutating func takeTurn() {
    turns += 1
    instructions = 0
    frontier = max(frontier, turns)
  }

  // MARK: Memory

  /// Takes in what the guest has written since the last look.
  mutating func rememberChanges() throws(KVMError) {
    remember(try machine.shared.handle.takeWrittenPages())
  }

  private mutating func remember(_ written: some Sequence<Int>) {
    let patches = debug.patches
    for page in written {
      guard let contents = machine.shared.handle.memory.bytes(at: UInt64(page) * 4096, count: 4096)
      else { continue }
      pages[page] = patches.withoutPatches(contents, page: page)
    }
  }

  /// Makes the machine as it was, its memory included.
  mutating func bringBack(_ moment: MachineMoment) throws(KVMError) {
    try rememberChanges()
    for (page, contents) in pages {
      let former = moment.pages[page] ?? [UInt8](repeating: 0, count: 4096)
      if former != contents {
        _ = machine.shared.handle.memory.write(former, at: UInt64(page) * 4096)
      }
      pages[page] = former
    }
    try scheduler.bringBack(moment)
    isDead = false
    turns = moment.position.turns
    instructions = moment.position.instructions
  }
}
