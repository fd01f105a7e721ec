internal import Exploration
public import TimerModels
public import TimerWorlds

/// `arm-level-cached-before-vgic-init`: a level that nobody took is noted as pushed.
///
/// *Where:* what upstream commit 4b4b4512da2a takes care to avoid in KVM for Arm.
///
/// *What happened:* the timer remembers the level that it pushed last, and calls the controller
/// only on a change. Restored before the controller is set up, it remembered a high level that the
/// controller had not taken, and no change came any more.
///
/// *The shortest losing schedule:* a checkpoint whose controller was saved before the deadline,
/// restored after it with the timer first.
public struct LevelCachedBeforeController: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController>) {
    self.parts = parts
  }

  /// The faulty operation: what cannot be pushed is noted as if it had been.
  public mutating func push() {
    let changed = parts.timer.outputs.symmetricDifference(parts.pushed)
    for channel in GenericTimerChannel.allCases
    where parts.isControllerReady && changed.contains(GenericTimerOutputs(channel)) {
      let level = parts.timer.outputs.contains(GenericTimerOutputs(channel))
      parts.controller.setLine(channel.defaultInterrupt, cpu: 0, level: level)
    }
    parts.pushed = parts.timer.outputs
  }

  /// Part of the same fault: nobody asks the timer for its levels again.
  public mutating func restore(at now: Instant, controller state: InterruptControllerState) {
    parts.controller = InterruptController(state: state)
    parts.isControllerReady = true
    push()
  }

  static let exhibit = Exhibit(
    "arm-level-cached-before-vgic-init", "a level that nobody took is noted as pushed",
    origin: "avoided by Linux 4b4b4512da2a",
    in: .checkpoint, host: Self.self, breaks: .lost, by: .enable, .compareNext, .toDeadline, .stop,
    .saveTimer, .saveController,
    .restoreTimer, .restoreController, .goOn)
}

/// The same fault as a device's memory, for guests on KVM: `MachineConfiguration.lineMemoryRules`.
public struct LevelCachedEarly: LineMemoryRules {
  /// The levels as last seen, whether pushed or not.
  public var pushed: UInt32 = 0

  /// Nothing was pushed.
  public init() {}

  /// The faulty operation: notes the levels though nobody listens.
  public mutating func changes(to levels: UInt32, isListening: Bool) -> UInt32 {
    let changed = levels ^ pushed
    pushed = levels
    return isListening ? changed : 0
  }
}
