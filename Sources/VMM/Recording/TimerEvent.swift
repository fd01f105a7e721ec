/// Something that happened to a timer, or that it did.
public struct TimerEvent: Hashable, Sendable {
  /// Which of a vCPU's timers.
  public enum Timer: String, Hashable, Sendable {
    case countCompare = "count-compare"
    case genericTimer = "generic-timer"
  }

  /// What has a timer look at the time.
  public enum Occasion: String, Hashable, Sendable {
    /// An access of the guest's or of its host's.
    case access
    /// Something next to the timer looks at it: the virtual clock, or an access to the interrupt controller.
    case look
    /// The host's timer expired.
    case hostTimer = "host timer"
    /// The vCPU's thread waited for the alarm itself.
    case waiting = "waiting vCPU"
  }

  /// What happened.
  public enum Change: Hashable, Sendable {
    /// The timer wants to be woken at an instant, in nanoseconds of the machine's clock.
    case armed(for: UInt64)
    /// The timer need not be woken any more.
    case disarmed
    /// The timer was woken; the alarm it had, in nanoseconds, or nil where there was none any more.
    case expired(alarm: UInt64?)
    /// An output changed; the number is the line's, or the private interrupt's.
    case line(Int, isHigh: Bool)
  }

  /// The timer.
  public let timer: Timer
  /// What had it look at the time.
  public let occasion: Occasion
  /// What happened.
  public let change: Change

  /// The event as a person reads it.
  ///
  /// - Parameter time: When it happened, in nanoseconds of the machine's clock.
  /// - Returns: One line without its end.
  public func text(at time: UInt64) -> String {
    "timer \(timer.rawValue) \(Self.text(change, occasion, at: time))"
  }

  private static func text(_ change: Change, _ occasion: Occasion, at time: UInt64) -> String {
    switch change {
    case .armed(let alarm):
      alarm >= time
        ? "armed for \(alarm), in \(alarm - time)" : "armed for \(alarm), \(time - alarm) ago"
    case .disarmed: "disarmed"
    case .expired(nil): "woken by \(occasion.rawValue), not armed"
    case .expired(let alarm?):
      "expired \(alarm), "
        + (time >= alarm ? "late by \(time - alarm)" : "early by \(alarm - time)")
        + ", by \(occasion.rawValue)"
    case .line(let line, let isHigh): "line \(line) \(isHigh ? "up" : "down")"
    }
  }
}
