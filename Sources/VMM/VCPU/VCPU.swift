internal import KVM
internal import LinuxHost
internal import Synchronization

/// What a vCPU is doing, as far as others need to know.
///
/// Its thread alone changes this. A vCPU that halts inside the kernel (`--irqchip kernel` and `split`)
/// counts as running throughout; only a paused machine shows what it does (``PausedDeathCheck``).
enum VCPUActivity: UInt8, AtomicRepresentable, Sendable {
  /// Not started.
  case notStarted
  /// It executes, or handles an exit.
  case running
  /// It is halted in this program, and an interrupt would wake it.
  case waiting
  /// It is halted in this program with interrupts off: nothing wakes it.
  case halted
}

/// A vCPU and what its thread shares with others.
///
/// **Threads.** One thread runs it (``VCPULoop``). Any thread may raise a line, start it, or kick it;
/// each of these first leaves its message in an atomic, then kicks. The loop
/// clears `immediate_exit` before it looks for messages, so one that it misses still stops the next
/// entry: see ``KickSignal``.
final class VCPU: Sendable {
  let index: Int
  let handle: VirtualCPU

  /// Bit n: interrupt line n is high (`--irqchip user`).
  let lines = Atomic<UInt32>(0)
  let activity = Atomic<VCPUActivity>(.notStarted)
  /// How often the vCPU ended a rest; changes after ``activity`` and before the guest is entered.
  let wakeUps = Atomic<UInt64>(0)
  /// The page to start at plus 1; 0 until this vCPU is started.
  private let startPage = Atomic<UInt16>(0)
  private let thread = Mutex<HostThread?>(nil)
  /// Of each index (``MachineConfiguration/cpusMax``).
  ///
  /// *Why not put together:* the code that does it lies far from all else that a start comes by.
  private static let threadNames = [
    "vcpu 0", "vcpu 1", "vcpu 2", "vcpu 3", "vcpu 4", "vcpu 5", "vcpu 6", "vcpu 7", "vcpu 8",
    "vcpu 9", "vcpu 10", "vcpu 11", "vcpu 12", "vcpu 13", "vcpu 14", "vcpu 15",
  ]

  /// A vCPU after reset.
  ///
  /// - Parameters:
  ///   - index: From 0.
  ///   - handle: KVM's.
  ///   - isStarted: Whether its thread enters the guest without having been told where to start: vCPU
  ///     0, and every one with a local APIC in the kernel, where KVM_RUN itself waits for the start-up
  ///     IPI.
  init(index: Int, handle: consuming VirtualCPU, isStarted: Bool) {
    self.index = index
    self.handle = handle
    if isStarted { activity.store(.running, ordering: .sequentiallyConsistent) }
  }

  // MARK: For other threads

  /// Starts the thread.
  ///
  /// *Why under the lock:* the new thread may look for messages and go to sleep before its creator
  /// has noted who it is. A kick in between would find no thread to signal, and the sleep would be for
  /// ever; so it waits here instead.
  func start(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
    try thread.withLock { (thread: inout sending HostThread?) throws(SystemError) in
      thread = try HostThread(named: Self.threadNames[index], body: body)
    }
  }

  /// Waits for the thread to end.
  func join() {
    var ended: HostThread?
    thread.withLock { ended = $0.take() }
    ended.take()?.join()
  }

  /// Gets the vCPU out of the guest and out of a wait.
  ///
  /// Its own thread is in neither, and looks for messages before it enters either.
  func kick() {
    thread.withLock { thread in
      if thread?.isCurrent == true { return }
      handle.requestImmediateExit(true)
      thread?.interrupt()
    }
  }

  /// The processor time used so far, in nanoseconds.
  func processorTime() -> UInt64 { thread.withLock { $0?.processorTime() ?? 0 } }

  /// Sets or clears interrupt lines.
  func setLine(_ line: Int, isHigh: Bool) {
    let bit: UInt32 = 1 << line
    if isHigh {
      lines.bitwiseOr(bit, ordering: .sequentiallyConsistent)
      kick()
    } else {
      lines.bitwiseAnd(~bit, ordering: .sequentiallyConsistent)
    }
  }

  /// Has the vCPU start in real mode at `page` * 4096.
  ///
  /// *Order:* the page is there before a vCPU whose guest asked for it can halt, and it stays. So a check
  /// that found that vCPU halted finds the page, whether or not the started thread has woken
  /// (``DeathCheck``).
  func start(page: UInt8) {
    startPage.store(UInt16(page) + 1, ordering: .sequentiallyConsistent)
    kick()
  }

  // MARK: For a machine that is paused

  /// Carries what is neither the kernel's nor a device's: where a start was asked for, and what the
  /// vCPU is doing.
  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    var page = startPage.load(ordering: .sequentiallyConsistent)
    try carrier.carry(&page)
    try carrier.require(page <= 0x100, "a vCPU is to start at page \(page)")
    startPage.store(page, ordering: .sequentiallyConsistent)
    var number = activity.load(ordering: .sequentiallyConsistent).rawValue
    try carrier.carry(&number)
    let brought = VCPUActivity(rawValue: number)
    try carrier.require(brought != nil, "a vCPU's activity is \(number)")
    activity.store(brought ?? .halted, ordering: .sequentiallyConsistent)
  }

  /// Keeps what is not in the kernel, lines included.
  ///
  /// - Returns: What brings it back.
  func keep() -> KeptState {
    let page = startPage.load(ordering: .sequentiallyConsistent)
    let kept = activity.load(ordering: .sequentiallyConsistent)
    let (high, count) = (highLines, wakeUps.load(ordering: .sequentiallyConsistent))
    return KeptState { [self] in
      startPage.store(page, ordering: .sequentiallyConsistent)
      activity.store(kept, ordering: .sequentiallyConsistent)
      lines.store(high, ordering: .sequentiallyConsistent)
      wakeUps.store(count, ordering: .sequentiallyConsistent)
    }
  }

  // MARK: For the vCPU's own thread

  /// Whether it executes, as far as others need to know.
  var isRunning: Bool { activity.load(ordering: .sequentiallyConsistent) == .running }

  /// The interrupt lines that are high.
  var highLines: UInt32 { lines.load(ordering: .sequentiallyConsistent) }

  /// Where to start, once a guest has said so; from then on for good.
  var requestedStartPage: UInt8? {
    let page = startPage.load(ordering: .sequentiallyConsistent)
    return page == 0 ? nil : UInt8(page - 1)
  }
}
