public import TimerModels

/// The code around a generic timer: who pushes which level when, arms the host's timer, and saves
/// and restores what in which order.
///
/// Each requirement has a right implementation, and an exhibit replaces one.
public protocol GenericTimerHost: Hashable, Sendable {
  /// The timer's type.
  associatedtype Timer: GenericTimerRules
  /// The controller's type.
  associatedtype Controller: InterruptControllerRules
  /// How it decides which levels the controller has to hear of.
  associatedtype Lines: LineMemoryRules

  /// The devices, and what the host keeps beside them.
  var parts: GenericTimerParts<Timer, Controller, Lines> { get set }

  /// Takes devices into use.
  init(parts: GenericTimerParts<Timer, Controller, Lines>)

  /// Pushes the timer's outputs to the controller.
  mutating func push()

  /// The host's timer went off, or something else woke the host.
  mutating func wakeUp(at now: Instant)

  /// The vCPU waits for an interrupt.
  mutating func block(at now: Instant)

  /// The vCPU continues after a stop, before which `counter` was CNTVCT.
  mutating func goOn(at now: Instant, savedCounter counter: UInt64)
}

/// A timer, a controller, and what a host keeps beside them.
public struct GenericTimerParts<
  Timer: GenericTimerRules, Controller: InterruptControllerRules, Lines: LineMemoryRules
>: Hashable, Sendable {
  /// The timer.
  public var timer: Timer
  /// The controller.
  public var controller: Controller
  /// The outputs as the controller knows them.
  public var lines = Lines()
  /// When the host's timer will go off.
  public var armed: Instant?
  /// Whether the controller can take levels; not before it has been set up.
  public var isControllerReady = true
  /// Whether the vCPU may run: not between a stop and going on.
  public var isRunning = true

  /// Creates a host's devices.
  public init(timer: Timer, controller: Controller) {
    self.timer = timer
    self.controller = controller
  }
}

extension GenericTimerHost {
  /// Pushes the outputs that the memory of lines says have changed, each to its PPI.
  public mutating func push() {
    let levels = parts.timer.outputs.levels
    let changed = parts.lines.changes(to: levels, isListening: parts.isControllerReady)
    for channel in GenericTimerChannel.allCases
    where changed >> channel.defaultInterrupt & 1 == 1 {
      let level = levels >> channel.defaultInterrupt & 1 == 1
      parts.controller.setLine(channel.defaultInterrupt, cpu: 0, level: level)
    }
  }

  /// Arms the host's timer for the timer's alarm, running or not.
  public mutating func arm(at now: Instant) {
    parts.armed = parts.timer.alarm
  }

  /// The vCPU is about to run, or to be looked at: the timer first, since the controller samples its line.
  public mutating func enter(at now: Instant) {
    parts.timer.settle(at: now)
    push()
    arm(at: now)
  }

  /// The guest wrote a register.
  public mutating func write(at now: Instant, _ register: GenericTimerRegister, _ value: UInt64) {
    parts.timer.write(at: now, register, value)
    push()
    arm(at: now)
  }

  /// Looks again, and changes nothing that the guest or a checkpoint can see (upstream commit
  /// 1a74847885cc).
  public mutating func wakeUp(at now: Instant) {
    parts.timer.wakeUp(at: now)
    push()
    arm(at: now)
  }

  /// Arms the host's timer for the nearer of the two timers.
  public mutating func block(at now: Instant) {
    arm(at: now)
  }

  /// Resets the vCPU's timers first, and their interrupts with the levels that are low then.
  public mutating func reset(at now: Instant) {
    parts.timer.reset(at: now)
    for channel in GenericTimerChannel.allCases {
      parts.controller.resetInterrupt(channel.defaultInterrupt, cpu: 0)
    }
    push()
    arm(at: now)
  }

  /// Writes nothing back: what was not changed is right as it is.
  public mutating func goOn(at now: Instant, savedCounter counter: UInt64) {
    parts.isRunning = true
    enter(at: now)
  }

  /// Restores the timer into a machine that was just created: takes the registers, and looks.
  public mutating func restore(at now: Instant, timer registers: GenericTimerRegisters) {
    parts.timer = Timer(at: now, registers: registers)
    push()
    arm(at: now)
  }

  /// Restores the controller into a machine that was just created, makes it ready, and pushes the levels
  /// anew: they may be other than when it was saved.
  public mutating func restore(at now: Instant, controller state: InterruptControllerState) {
    parts.controller = Controller(state: state)
    parts.isControllerReady = true
    for channel in GenericTimerChannel.allCases {
      parts.controller.setLine(channel.defaultInterrupt, cpu: 0, level: false)
    }
    push()
  }
}

/// A hypervisor that does everything right with its devices, right or not.
public struct PlainGenericTimerHost<
  Timer: GenericTimerRules, Controller: InterruptControllerRules, Lines: LineMemoryRules
>: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<Timer, Controller, Lines>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<Timer, Controller, Lines>) {
    self.parts = parts
  }
}
