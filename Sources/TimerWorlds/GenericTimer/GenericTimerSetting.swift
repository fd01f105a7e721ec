public import Exploration
public import TimerModels

/// The parts of ``GenericTimerWorld`` that are searched each for itself.
public enum GenericTimerSetting: String, Hashable, Sendable, CaseIterable {
  /// Everything that happens to a timer with its controller.
  case whole = "generic-timer"
  /// Stopping, saving and restoring, of a guest that has set its timer and does not look at it.
  case checkpoint = "generic-timer-checkpoint"

  /// The virtual timer with offsets and compare values on either side of 2^64.
  case wrapped = "generic-timer-offset"

  /// What can happen.
  public var alphabet: [GenericTimerAction] {
    switch self {
    case .whole:
      GenericTimerAction.allCases.filter { ![.compareLast, .switchOffset, .look].contains($0) }
    case .wrapped:
      [
        .toDeadline, .toJustBeforeDeadline, .toNextTick, .toAlarm, .toJustBeforeAlarm, .enable,
        .disable, .mask, .compareNow, .compareNext, .compareFar, .compareLast, .timerNext,
        .timerPast,
        .readControl, .readTimer, .readCount, .acknowledge, .endInterrupt, .block, .wake, .reset,
        .switchOffset, .look,
      ]
    case .checkpoint:
      GenericTimerAction.allCases.filter {
        $0.actor != .guest && ![.switchOffset, .look].contains($0)
      } + [
        .enable, .disable, .compareNext, .compareFar, .physicalEnable, .physicalCompareNext,
      ]
    }
  }

  /// Makes a hypervisor's devices ready to be searched.
  public func world<Host: GenericTimerHost>(of host: Host.Type) -> AnyWorld {
    AnyWorld(GenericTimerWorld<Host>(), alphabet: alphabet)
  }

  /// Makes a timer that answers from afar ready to be searched; the controller is the right one.
  ///
  /// - Parameter kind: Any timer of the kind.
  /// - Returns: The world with a timer as after reset.
  public func world(with kind: some RemoteGenericTimer) -> AnyWorld {
    AnyWorld(RemoteTimerWorld(kind), alphabet: alphabet)
  }

  /// The right devices.
  ///
  /// Here and not where it is used, since here the compiler sees every type.
  public var model: NamedWorld {
    NamedWorld(
      name: rawValue, title: title, depth: .max,
      world: world(of: PlainGenericTimerHost<GenericTimer, InterruptController, LineMemory>.self))
  }

  private var title: String {
    switch self {
    case .whole: "Arm generic timer with its controller: registers, waiting, stop, checkpoint"
    case .wrapped: "Arm generic timer: offsets and compare values near 2^64"
    case .checkpoint: "Arm generic timer with its controller: stop and checkpoint alone"
    }
  }
}
