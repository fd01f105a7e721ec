/// Why an interrupt was late; each late one has exactly one cause.
///
/// The order of the cases is the order of precedence (``Evidence/cause(of:latency:)``).
public enum Cause: String, Hashable, Sendable, CaseIterable, Comparable {
  /// The process was stopped by a signal.
  case stopped
  /// This program put the alarm off, because the guest had caused too many before.
  case deferred
  /// The hypervisor below this host gave the processor to another machine.
  case steal
  /// The host's processors did nothing for this host's threads, and its scheduler does not know why.
  case stall
  /// A page was read from a disk.
  case majorFault
  /// Another thread took the processor.
  case preempted
  /// The thread was ready, and waited for a processor.
  case runQueue
  /// The host's own timer interrupt came, as on each processor of a host that is not idle.
  case hostTick
  /// The thread that looked at the clock stood still, and kept its processor: an interrupt, firmware, or what is below.
  case interrupted
  /// The vCPU's thread was handling an exit of the guest.
  case exit
  /// The kernel blocked the thread in something other than its own wait.
  case blocked
  /// Pages were mapped.
  case minorFault
  /// The budget for spinning was used up, so the thread slept until the deadline.
  case budget
  /// The thread slept, nothing else had its processor, and it woke late.
  case wakeUp
  /// Nothing that is seen from here explains it.
  case unknown

  /// Whether this one comes before the other in the order of precedence.
  public static func < (left: Cause, right: Cause) -> Bool {
    // Few enough for a search; the cases are declared in that order.
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }

  /// The cause for people, in two or three words.
  public var title: String {
    switch self {
    case .stopped: "process stopped"
    case .deferred: "alarm put off"
    case .steal: "steal"
    case .stall: "host stall"
    case .majorFault: "major fault"
    case .preempted: "preempted"
    case .runQueue: "run-queue wait"
    case .hostTick: "host tick"
    case .interrupted: "interrupted"
    case .exit: "exit in between"
    case .blocked: "blocked"
    case .minorFault: "minor faults"
    case .budget: "budget empty"
    case .wakeUp: "late wake-up"
    case .unknown: "unknown"
    }
  }

  /// What it means and how it is known, in a sentence.
  public var meaning: String {
    switch self {
    case .stopped:
      "The witness gave its processor up by itself, which only a stop makes it do."
    case .deferred: "The guest had caused too many alarms, and this program put this one off."
    case .steal: "The witness stood still, and the kernel counted steal time meanwhile."
    case .stall:
      "The witness stood still without a switch of threads: firmware, or what is below this host."
    case .majorFault: "A page had to be read while the interrupt was on its way."
    case .preempted: "Another thread took the processor from the thread that serves the deadline."
    case .runQueue: "The thread that serves the deadline was ready, and waited for a processor."
    case .hostTick:
      "The host\u{2019}s timer tick came at the end of the wait, or on the way into the guest."
    case .interrupted:
      "The thread that waited stood still without a switch of threads: an interrupt of the host\u{2019}s, firmware, "
        + "or what is below this host."
    case .exit: "The deadline came while the vCPU\u{2019}s thread handled an exit of the guest."
    case .blocked:
      "The vCPU\u{2019}s thread was blocked more often than it slept: a stop by a signal, or a lock."
    case .minorFault: "Pages were mapped while the interrupt was on its way."
    case .budget: "The budget for spinning was empty, so the thread slept until the deadline."
    case .wakeUp:
      "The thread slept until the deadline and woke late, and no other thread was in the way."
    case .unknown: "Nothing that an ordinary user can see explains it, or nothing was looked at."
    }
  }

  /// Whether the host is to blame, and neither this program nor the guest, for something that another hour may be
  /// without.
  ///
  /// *Why a tick is none:* each host has it, so many times per second (`CONFIG_HZ`), and a run that is made again meets
  /// as many.
  public var isHostNoise: Bool {
    switch self {
    case .stopped, .steal, .stall, .majorFault, .preempted, .runQueue, .interrupted: true
    case .deferred, .hostTick, .exit, .blocked, .minorFault, .budget, .wakeUp, .unknown: false
    }
  }
}
