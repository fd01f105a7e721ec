/// An event on an interrupt's way from its planned deadline to the end of its handling.
///
/// The order of the cases is the order of the chain; ``latencyStages`` lead to the guest's handler, the
/// others follow it, on some routes in another order. A route has the stages it has: KVM's own timers wake no thread of this
/// program, and a thread that spins takes no wake-up from the host.
public enum Stage: UInt8, Hashable, Sendable, CaseIterable, Comparable {
  /// The timerfd became readable: the host's wake-up.
  case hostWake = 1
  /// The thread that serves the deadline runs: the vCPU's own, or the event thread.
  case threadRunning
  /// The call that injects the interrupt, or raises its line, returned.
  case injected
  /// The guest executes the first instruction of its handler.
  case handler
  /// The guest acknowledged: it read the vector, or cleared the timer's condition.
  case acknowledged
  /// The guest signalled the end of interrupt.
  case endOfInterrupt
  /// The interrupt line is low again.
  case lineLow

  /// The stages from the planned deadline to the handler; their times add up to the latency.
  public static let latencyStages: [Stage] = [.hostWake, .threadRunning, .injected, .handler]

  /// Whether this one comes before the other in the chain.
  public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }

  /// The stage's name in documents.
  public var key: String {
    switch self {
    case .hostWake: "hostWake"
    case .threadRunning: "threadRunning"
    case .injected: "injected"
    case .handler: "handler"
    case .acknowledged: "acknowledged"
    case .endOfInterrupt: "endOfInterrupt"
    case .lineLow: "lineLow"
    }
  }

  /// What the time that ends with this stage went into, for people.
  public var title: String {
    switch self {
    case .hostWake: "host wake-up"
    case .threadRunning: "thread runs"
    case .injected: "injection"
    case .handler: "guest entry"
    case .acknowledged: "acknowledge"
    case .endOfInterrupt: "EOI"
    case .lineLow: "line low"
    }
  }
}
