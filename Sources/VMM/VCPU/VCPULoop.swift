internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TerminalText
internal import TimerModels

/// The life of one vCPU.
///
/// States: not started -> running <-> halted (in this program for `--irqchip user`, else inside
/// KVM_RUN) -> ended. Every change of state happens on the thread that drives the loop; others only
/// leave messages (``VCPU``) and kick.
///
/// *What is never put in place* (`@inline(never)`) is what few exits need: it would widen the stack and the code of
/// all others, and of those each cache line counts.
///
/// ``turn()`` never waits. The driver of the loop looks at ``isReady`` first, and decides what to do
/// while it is false: ``run()`` waits, a ``VirtualScheduler`` lets others have their turns.
///
/// *Waiting* (``run()`` alone): for a kick, and where the vCPU is halted in this program with its
/// interrupts on, for the next alarm of its own timers as well. From ``TimerDevice/beginWait()`` to
/// ``TimerDevice/endWait(for:)`` this thread watches them in place of the supervising one. What it waits
/// for shows in atomics (a line, a start, a stop, a pause), and who sets one kicks.
final class VCPULoop: WaitCondition {
  // Order: what each exit touches comes first, and so lies together: between two exits the caches belong to the
  // kernel and the guest.
  let machine: Machine
  let vcpu: VCPU
  /// Whether ``recorder`` has anything to do.
  ///
  /// *Why it is asked first:* the runtime keeps a book of every access to a class's property that calls what
  /// it cannot see through, and that costs more than the rest of an exit.
  let isRecording: Bool
  /// Whether ``witness`` looks at all; asked first, as ``isRecording``.
  private let isWitnessed: Bool
  private let injectsInterrupts: Bool
  private let countsExits: Bool
  private var rest: Rest?
  private var place: Place
  /// Whether the guest may have output here that is not written yet.
  var hasOutput = false
  /// Whether an alarm may have been set since ``prepareHold()``.
  var isAlarmNew = false
  /// Whether the last alarm found the guest running.
  var isFoundRunning = false
  /// Whether the guest, which runs, waits here for its deadline.
  var isHeld = false
  /// Whether what the guest prints goes nowhere: it has printed it before, and a debugger went back.
  var isMuted = false
  let own: PrivateDevices
  private var recentExits = RecentExits()
  var recorder: ExitRecorder
  /// How KVM was told to debug the vCPU; nil where it is to be told anew.
  var appliedDebugging: GuestDebugging?
  /// Where a step ends that goes over a `hlt` of the kernel's, if one is under way.
  var placeBehindHalt: UInt64?
  /// The interrupt that a step is to take, until it has.
  var vectorToTake: UInt8?
  /// What the guest handed over, and how much of it there was no room for (``DeliveryPlan``).
  var records: [UInt8] = []
  var lostRecordBytes = 0
  /// nil unless a listener gets the records.
  let clocksAtStart: TSCCalibration.Reading?
  var stamps: HostStamps
  private var witness: VCPUWitness
  /// nil in virtual time, where no thread waits.
  private var timerWait: TimerWait?
  /// How long before a deadline the guest is entered.
  var advance: Advance
  /// The longest one that a wait was given, in nanoseconds.
  private(set) var longestAdvance: UInt64 = 0
  /// Gets this thread out of the guest; made when it is needed.
  var kickTimer: KickTimer?
  /// nil unless the guest stamps its interrupts.
  var entries: EntryLog?

  /// Where the guest stands.
  fileprivate enum Place {
    /// After an exit whose instruction KVM may not have completed.
    case atExit
    /// After an exit, and nothing of it is left to do.
    case afterExit
    /// Between two exits, where the host interrupted it.
    case betweenExits
  }

  /// Why a vCPU does not execute.
  fileprivate enum Rest {
    /// Not started.
    case notStarted
    /// It executed `hlt` in this program.
    case halted(canWake: Bool)

    init?(_ activity: VCPUActivity) {
      switch activity {
      case .running: return nil
      case .notStarted: self = .notStarted
      case .waiting: self = .halted(canWake: true)
      case .halted: self = .halted(canWake: false)
      }
    }

    var activity: VCPUActivity {
      switch self {
      case .notStarted: .notStarted
      case .halted(let canWake): canWake ? .waiting : .halted
      }
    }
  }

  /// - Throws: `SystemError` where there is no memory for what it records.
  init(_ vcpu: VCPU, of machine: Machine) throws(SystemError) {
    try HostMemory.demand(machine.configuration.vcpuRecordBytes, for: "what a vCPU records")
    self.machine = machine
    self.vcpu = vcpu
    own = machine.wiring.devices[vcpu.index]
    injectsInterrupts = machine.configuration.irqchip == .user
    recorder = ExitRecorder(
      machine.configuration.recording, clock: machine.clock, cpu: vcpu.index)
    isRecording = !machine.configuration.recording.isEmpty
    if case .exit = machine.configuration.checkpoint?.trigger {
      countsExits = true
    } else {
      countsExits = false
    }
    rest = Rest(vcpu.activity.load(ordering: .sequentiallyConsistent))
    let begunTurn = VirtualTurn(cpu: vcpu.index, isBegun: true)
    place = machine.nextVirtualTurn.withLock { $0 == begunTurn } ? .betweenExits : .afterExit
    let plan = machine.configuration.delivery
    clocksAtStart = Self.clocks(of: machine)
    stamps = HostStamps(capacity: plan?.stampCapacity ?? 0)
    witness = VCPUWitness(plan)
    isWitnessed = plan.map { $0.sampleCapacity > 0 } ?? false
    records.reserveCapacity(plan?.recordBytesMax ?? 0)
    let waiting = machine.configuration.waiting
    advance = Advance(
      state: AdvanceState(policy: waiting.advance, least: waiting.leastEntry))
    entries = plan == nil ? nil : Self.entryLog(of: vcpu.handle)
    if case .host(let clock) = machine.clock {
      timerWait = TimerWait(
        machine.configuration.waiting.strategy, machine.spinBudget, clock: clock,
        notesGaps: isWitnessed)
    }
  }

  /// What waiting cost so far.
  var waitingCost: WaitingCost { timerWait?.cost ?? WaitingCost() }

  /// What the thread saw of the host's scheduler.
  var samples: [WitnessSample] { witness.samples }

  /// The last exits, for a guest that has fallen.
  var recentExitsOfCPU: RecentExitsOfCPU {
    let kept = recentExits
    return RecentExitsOfCPU(cpu: vcpu.index, activity: activity, exits: kept.all)
  }

  /// Runs until the machine stops, on a thread of this vCPU's own.
  ///
  /// A request that KVM refuses ends the run, and so does everything else that the loop cannot continue
  /// from: what finds that out says so (``Machine/stop(_:)``), and no vCPU is entered after it.
  func run() {
    do {
      if let debug = machine.debug { try runDebugged(by: debug) }
      while !machine.isStopping {
        if machine.isPauseWanted {
          try machine.park([self])
        } else if isReady {
          if isAlarmNew { prepareHold() }
          if case .interrupted = try turn() { try holdIfDue() }
        } else {
          try wait()
        }
      }
    } catch {
      machine.stop(.failed(.kvm(error)))
    }
    endOutput()
    vcpu.activity.store(.halted, ordering: .sequentiallyConsistent)
  }

  // MARK: Turns

  /// Whether the vCPU executes, or has reason to again.
  var isReady: Bool {
    switch rest {
    case nil: true
    case .notStarted: vcpu.requestedStartPage != nil
    case .halted(let canWake): canWake && vcpu.highLines != 0
    }
  }

  /// Whether the vCPU rests, and what could wake it.
  var activity: VCPUActivity { rest?.activity ?? .running }

  /// Whether the host interrupted the guest between two exits, so that its turn is not over.
  var isBetweenExits: Bool { place == .betweenExits }

  /// One entry and the handling of its exit.
  ///
  /// Assumes: ``isReady``.
  ///
  /// *In virtual time* an interrupt is offered after an exit and nowhere between, because when the host
  /// interrupts the guest is the host's affair.
  ///
  /// - Returns: Why the guest stopped; ``VCPUExit/interrupted`` where it was not entered.
  @discardableResult
  func turn() throws(KVMError) -> VCPUExit {
    let isOffering = !(isBetweenExits && machine.clock.isVirtual)
    guard try begin(offeringInterrupts: isOffering) != nil else { return .interrupted }
    return try enter()
  }

  /// What an entry brings the guest.
  struct Entry {
    /// The interrupt that it takes.
    var vector: UInt8?
  }

  /// Looks for messages, ends a rest, and gives the guest its interrupt.
  ///
  /// *Order:* immediate_exit is cleared for an entry here alone, and before messages are looked for. All
  /// others set it: another thread that kicks, after it has left its message; this thread, so that the next
  /// entry only completes (``complete()``, ``offerInterrupt(of:)``), and after it has settled
  /// (``VirtualCPU/settle()``). So a message that is not seen below has set it again after it was cleared,
  /// nothing takes that back before the entry, and KVM_RUN returns without running the guest.
  ///
  /// *Why the lines are looked at once:* another vCPU may lower a line at any time. A vCPU that ended its
  /// halt for a line takes the interrupt, or it would execute what stands after the `hlt` without one.
  ///
  /// - Returns: nil where the guest is not to be entered.
  func begin(offeringInterrupts isOffering: Bool) throws(KVMError) -> Entry? {
    vcpu.handle.requestImmediateExit(false)
    if machine.isStopping || machine.isPauseWanted { return nil }
    if hasOutput && machine.console.isDue { flush(wholeLines: true) }
    let highLines = vcpu.highLines
    if case .halted = rest, highLines == 0 { return nil }
    if highLines != 0 && rest == nil && isBetweenExits { noteFound(isRunning: true) }
    if let rest { try end(rest) }
    guard injectsInterrupts && isOffering else { return Entry() }
    // What nearly all entries are.
    if highLines == 0 {
      vcpu.handle.requestInterruptWindow(false)
      return Entry()
    }
    return Entry(vector: try offerInterrupt(of: highLines))
  }

  /// Enters the guest, and handles the exit.
  func enter() throws(KVMError) -> VCPUExit {
    if isRecording { recorder.willEnter() }
    let exit = try vcpu.handle.enter()
    place = exit.isInterruption ? .betweenExits : .atExit
    try take(exit)
    return exit
  }

  /// An exit that is no event of the guest's: its turn is not over, and it does not rest.
  func stayBetweenExits() {
    place = .betweenExits
    rest = nil
  }

  /// Completes the instruction that made the last exit, up to the next exit of its own.
  ///
  /// KVM may need this program several times for one instruction (``VirtualCPU/completeExit()``): only
  /// when this returns false is it complete, or the run over.
  ///
  /// - Returns: Whether there was another exit, which was handled.
  func complete() throws(KVMError) -> Bool {
    if machine.isStopping { return false }
    if isRecording { recorder.willEnter() }
    let exit = try vcpu.handle.completeExit()
    switch exit {
    // A debugger's step has ended with the instruction.
    case .interrupted, .debug:
      if place == .atExit { place = .afterExit }
      return false
    default:
      place = .atExit
      try take(exit)
      return true
    }
  }

  private func take(_ exit: VCPUExit) throws(KVMError) {
    let output = vcpu.handle.output(of: exit)
    if isRecording { recorder.didExit(exit, output: output) }
    recentExits.note(exit, output: output)
    if hasOutput && !machine.bus.isSerial(exit) { flush(wholeLines: exit.isInterruption) }
    let began = isWitnessed ? HostTSC.now() : 0
    try handle(exit, output: output)
    if isWitnessed { witness.note(exit, since: began, own, &timerWait) }
    if isRecording { recorder.didHandle() }
    if countsExits && !exit.isInterruption { machine.noteExit() }
  }

  /// Ends a rest.
  ///
  /// A vCPU that was started begins where it was told to; one that was halted continues after the
  /// `hlt`, and takes its interrupt first.
  @inline(never)
  private func end(_ rest: Rest) throws(KVMError) {
    if case .notStarted = rest, let page = vcpu.requestedStartPage {
      try StartState.startUp(page: page).apply(to: vcpu.handle)
    }
    if case .halted = rest { noteFound(isRunning: false) }
    self.rest = nil
    vcpu.activity.store(.running, ordering: .sequentiallyConsistent)
    vcpu.wakeUps.add(1, ordering: .sequentiallyConsistent)
  }

  /// `hlt` in this program: the vCPU rests until an interrupt line is high.
  func halt() { rest = .halted(canWake: vcpu.handle.hasInterruptsEnabled) }

  // MARK: Waiting

  /// Waits until the vCPU is ready, or the machine stops or pauses.
  @inline(never)
  func wait() throws(KVMError) {
    vcpu.activity.store(activity, ordering: .sequentiallyConsistent)
    let hasTimers = activity == .waiting
    if !hasTimers || !own.mayInterrupt { machine.endIfDead() }
    while !isOver {
      if hasTimers { try waitForTimers() } else { _ = wait(until: nil) }
    }
  }

  /// Whether the vCPU has something to do, or a thread wants it to stop.
  var isOver: Bool {
    (isHeld ? vcpu.highLines != 0 : isReady) || machine.isStopping || machine.isPauseWanted
  }

  /// Returns whether it slept past the deadline.
  func wait(until deadline: Instant?) -> Bool {
    longestAdvance = max(longestAdvance, deadline == nil ? 0 : advance.nanoseconds)
    do {
      return try timerWait?.wait(until: deadline, or: self) ?? false
    } catch {
      machine.stop(.failed(.system(error)))
      return false
    }
  }

  // MARK: Going back

  /// What a loop in virtual time knows, between two instructions.
  struct Kept {
    fileprivate let rest: Rest?
    fileprivate let place: Place
    fileprivate let vectorToTake: UInt8?
    fileprivate let recorder: ExitRecorder
  }

  /// What the loop knows; set, it is as it was.
  var kept: Kept {
    get {
      Kept(rest: rest, place: place, vectorToTake: vectorToTake, recorder: recorder)
    }
    set {
      (rest, place, vectorToTake) = (newValue.rest, newValue.place, newValue.vectorToTake)
      recorder = newValue.recorder
    }
  }

  // MARK: Interrupts

  /// Gives the guest the lowest line that is high, or asks to be told when it can take it.
  ///
  /// A line is a level: nothing is recorded as delivered. While it stays high the guest is offered
  /// it again after IRET, and once its device lowers it, it is gone.
  ///
  /// Where only the unfinished instruction is in the way, as with an `in` after an `sti`, that is finished
  /// first: a backend that emulates the guest notices an open window only when the host interrupts it, and
  /// never one that the next instruction, a `cli`, closes.
  ///
  /// *In virtual time* the instruction is complete (``VirtualScheduler``), and a window that opens later
  /// is not asked for: when it would be noticed depends on the host.
  ///
  /// - Returns: The vector of the interrupt that the guest takes at the next entry.
  @inline(never)
  private func offerInterrupt(of highLines: UInt32) throws(KVMError) -> UInt8? {
    var high = highLines
    var taken: UInt8?
    if high != 0 && vcpu.handle.isReadyForInjection {
      let line = high.trailingZeroBitCount
      let vector = Machine.vector(ofLine: line)
      try vcpu.handle.inject(vector: vector)
      stamps.note(.injected)
      recorder.noteInterrupt(vector: vector)
      taken = vector
      high &= high - 1
    } else if high != 0 && vcpu.handle.hasInterruptsEnabled && place == .atExit {
      vcpu.handle.requestImmediateExit(true)
    }
    vcpu.handle.requestInterruptWindow(high != 0 && !machine.clock.isVirtual)
    return taken
  }

  /// Makes all that others may look at while this loop's thread is parked agree with its state: the
  /// vCPU's registers, and what it is doing.
  func settle() throws(KVMError) {
    repeat { while try complete() {} } while try settleInKernel()
    flush()
    vcpu.activity.store(activity, ordering: .sequentiallyConsistent)
  }

  /// Has KVM's own timers and the guest's last EOI show in what can be read (``VirtualCPU/settle()``).
  ///
  /// - Returns: Whether KVM needed something first, which was handled.
  private func settleInKernel() throws(KVMError) -> Bool {
    if injectsInterrupts || machine.isStopping { return false }
    let exit = try vcpu.handle.settle()
    if exit == .interrupted { return false }
    place = .atExit
    try take(exit)
    return true
  }
}
