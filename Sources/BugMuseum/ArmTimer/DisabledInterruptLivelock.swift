internal import Exploration
public import TimerModels
public import TimerWorlds

/// `arm-timer-irq-disabled-livelock`: a due timer whose interrupt is disabled lets the guest run no more.
///
/// *Where:* KVM for Arm until upstream commit cff9211eb1a1.
///
/// *What happened:* a due timer continues to interrupt the host until its interrupt is active at the
/// host's controller, and that was made so together with signalling it to the guest. A guest that
/// had disabled the interrupt at its own distributor, as one does that turns a CPU off, was not
/// signalled: the timer fired whenever the guest was entered, and threw it out again.
///
/// *The shortest losing schedule:* disable the interrupt, enable the timer with a deadline ahead,
/// let it pass, and serve the host's timer: it is due again at once.
public struct DisabledInterruptLivelock: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>) {
    self.parts = parts
  }

  /// The faulty operation: an expiry that the guest cannot hear of is not over.
  public mutating func wakeUp(at now: Instant) {
    parts.timer.wakeUp(at: now)
    push()
    arm(at: now)
    let bank = parts.controller.state.cpus[0].bank
    for channel in GenericTimerChannel.allCases
    where parts.timer.outputs.contains(GenericTimerOutputs(channel)) {
      let isHeard = (bank.enabled | bank.active) >> channel.defaultInterrupt & 1 == 1
      if !isHeard { parts.armed = now }
    }
  }

  static let exhibit = Exhibit(
    "arm-timer-irq-disabled-livelock",
    "a due timer whose interrupt is disabled lets the guest run no more",
    origin: "Linux KVM until cff9211eb1a1",
    host: Self.self, breaks: .alarmPast, by: .disableInterrupt, .enable, .compareNext,
    .toDeadline, .wake)
}
