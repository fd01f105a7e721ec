internal import KVM
internal import LinuxHost
internal import TimerModels

/// Looks at the host's scheduler from a vCPU's thread, once an interrupt.
///
/// *When:* after a store of the guest's to a device was handled. A handler writes to its timer to set the next
/// deadline or to acknowledge, so the look comes after the interrupt it reports, and before the next one.
///
/// *Why there:* two or three system calls take microseconds. From a deadline to the handler none is made; what they
/// cost falls into the handling, and shows in the runs without stamps, which have no witness.
///
/// *Assumes* a thread that may read its own accounts: a run that is measured is not confined.
///
/// *Why this allocates nothing:* the storage is laid out once; what does not fit is left out.
struct VCPUWitness: ~Copyable {
  private(set) var samples: [WitnessSample] = []
  private let capacity: Int
  private let servingThread: Int32?
  /// Opened at the first look: an account is that of the thread that opens it.
  private var account: SchedulerAccount?
  private var servingAccount: SchedulerAccount?
  private var isOpened = false
  private var longest: (start: UInt64, end: UInt64) = (0, 0)

  /// A witness by a plan.
  init(_ plan: DeliveryPlan?) {
    capacity = plan?.sampleCapacity ?? 0
    servingThread = plan?.servingThread
    samples.reserveCapacity(capacity)
  }

  /// Notes an exit that was handled.
  ///
  /// - Parameters:
  ///   - exit: The exit.
  ///   - start: The host's TSC before it was handled.
  ///   - own: The vCPU's timers.
  ///   - wait: What its thread waits with; nil in virtual time.
  mutating func note(
    _ exit: VCPUExit, since start: UInt64, _ own: PrivateDevices, _ wait: inout TimerWait?
  ) {
    let end = HostTSC.now()
    if end &- start > longest.end &- longest.start { longest = (start, end) }
    guard case .store = exit, samples.count < capacity else { return }
    // Before the system calls below: a tick that comes in them is of no interrupt's.
    let gaps = wait?.takeGaps() ?? WaitGaps()
    let cost = wait?.cost ?? WaitingCost()
    open()
    let counts = ThreadCounts.current()
    samples.append(
      WitnessSample(
        cycles: HostTSC.now(), runQueueWait: runQueueWait, minorFaults: counts.minorFaults,
        majorFaults: counts.majorFaults, preemptions: counts.involuntarySwitches,
        blocks: counts.voluntarySwitches - min(cost.sleeps, counts.voluntarySwitches),
        shortBudgets: cost.shortened,
        deferrals: own.cp0.deferrals &+ own.genericTimer.deferrals, longestExitStart: longest.start,
        longestExitEnd: longest.end, gaps: gaps))
    longest = (0, 0)
  }

  private mutating func open() {
    guard !isOpened else { return }
    isOpened = true
    account = SchedulerAccount(of: nil)
    if let servingThread { servingAccount = SchedulerAccount(of: servingThread) }
  }

  private var runQueueWait: UInt64 {
    var wait: UInt64 = 0
    switch account {
    case .some(let account): wait &+= account.runQueueWait()
    case .none: break
    }
    switch servingAccount {
    case .some(let account): wait &+= account.runQueueWait()
    case .none: break
    }
    return wait
  }
}
