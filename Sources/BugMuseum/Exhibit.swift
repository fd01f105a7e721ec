public import Exploration
internal import TimerModels
internal import TimerWorlds

/// A historic bug: what it was, and how it is caught.
public struct Exhibit: Sendable {
  /// What the bug was in.
  public enum Subsystem: String, Hashable, Sendable, CaseIterable {
    /// The MIPS Count/Compare timer.
    case countCompare = "mips"
    /// The Arm generic timer.
    case genericTimer = "arm-timer"
    /// Arm's interrupt controller.
    case interruptController = "gic"
    /// The matching of x86 time stamp counters.
    case tsc
  }

  /// Its name in commands and replay strings.
  public var id: String
  /// What went wrong, in a line.
  public var title: String
  /// Where it was, and what ended it.
  public var origin: String
  /// What it was in.
  public var subsystem: Subsystem
  /// Whether it is still there, as far as is known.
  public var isLiving = false
  /// The right model, in the world in which it is searched.
  public var model: NamedWorld
  /// The pre-fix model, in the same world.
  public var world: AnyWorld
  /// The property that catches it.
  public var property: String
  /// The shortest losing schedule.
  public var schedule: [String]
  /// The rules that have the bug; nil where it is in the code around a timer.
  public var fault: Fault?
  /// How a guest on KVM shows it; nil where none does.
  public var demonstration: Demonstration?

  /// The schedule as a string that reproduces it on the right model and on this one.
  public var replayString: ReplayString {
    ReplayString(model: model.name, exhibit: id, schedule: schedule)
  }
}

extension Exhibit {
  /// An exhibit of the Count/Compare timer or of the code around it.
  init<Host: CountCompareHost>(
    _ id: String, _ title: String, origin: String, isLiving: Bool = false,
    in setting: CountCompareSetting = .registers, host: Host.Type,
    breaks property: CountCompareProperty, by schedule: CountCompareAction...
  ) where Host.Timer: CountCompareRules {
    self.init(
      id: id, title: title, origin: origin, subsystem: .countCompare, isLiving: isLiving,
      model: setting.model, world: setting.world(of: host), property: property.rawValue,
      schedule: schedule.map(\.rawValue))
  }

  /// An exhibit of the Count/Compare timer itself.
  init<Timer: CountCompareRules>(
    _ id: String, _ title: String, origin: String, isLiving: Bool = false,
    in setting: CountCompareSetting = .registers, timer: Timer.Type,
    breaks property: CountCompareProperty, by schedule: CountCompareAction...
  ) {
    self.init(
      id: id, title: title, origin: origin, subsystem: .countCompare, isLiving: isLiving,
      model: setting.model, world: setting.world(of: PlainCountCompareHost<Timer>.self),
      property: property.rawValue, schedule: schedule.map(\.rawValue),
      fault: .countCompare(Timer.self))
  }
}

extension Exhibit {
  /// An exhibit of the code around the generic timer.
  init<Host: GenericTimerHost>(
    _ id: String, _ title: String, origin: String, in setting: GenericTimerSetting = .whole,
    host: Host.Type, breaks property: GenericTimerProperty, by schedule: GenericTimerAction...
  ) {
    self.init(
      id: id, title: title, origin: origin, subsystem: .genericTimer, model: setting.model,
      world: setting.world(of: host), property: property.rawValue,
      schedule: schedule.map(\.rawValue))
  }

  /// An exhibit of the generic timer itself.
  init<Timer: GenericTimerRules>(
    _ id: String, _ title: String, origin: String, timer: Timer.Type,
    breaks property: GenericTimerProperty, by schedule: GenericTimerAction...
  ) {
    let setting = GenericTimerSetting.whole
    self.init(
      id: id, title: title, origin: origin, subsystem: .genericTimer, model: setting.model,
      world: setting.world(of: PlainGenericTimerHost<Timer, InterruptController, LineMemory>.self),
      property: property.rawValue, schedule: schedule.map(\.rawValue),
      fault: .genericTimer(Timer.self))
  }

  /// An exhibit of the controller as the generic timer uses it.
  init<Controller: InterruptControllerRules>(
    _ id: String, _ title: String, origin: String, ofTimer controller: Controller.Type,
    breaks property: GenericTimerProperty, by schedule: GenericTimerAction...
  ) {
    let setting = GenericTimerSetting.whole
    self.init(
      id: id, title: title, origin: origin, subsystem: .genericTimer, model: setting.model,
      world: setting.world(of: PlainGenericTimerHost<GenericTimer, Controller, LineMemory>.self),
      property: property.rawValue, schedule: schedule.map(\.rawValue),
      fault: .interruptController(Controller.self))
  }

  /// An exhibit of how the generic timer's levels are pushed.
  init<Lines: LineMemoryRules>(
    _ id: String, _ title: String, origin: String, in setting: GenericTimerSetting = .whole,
    lines: Lines.Type, breaks property: GenericTimerProperty, by schedule: GenericTimerAction...
  ) {
    self.init(
      id: id, title: title, origin: origin, subsystem: .genericTimer, model: setting.model,
      world: setting.world(
        of: PlainGenericTimerHost<GenericTimer, InterruptController, Lines>.self),
      property: property.rawValue, schedule: schedule.map(\.rawValue),
      fault: .lineMemory(Lines.self))
  }

  /// An exhibit of the interrupt controller.
  init<Controller: InterruptControllerRules>(
    _ id: String, _ title: String, origin: String, isLiving: Bool = false,
    in setting: InterruptControllerSetting, controller: Controller.Type,
    breaks property: InterruptControllerProperty, by schedule: InterruptControllerAction...
  ) {
    self.init(
      id: id, title: title, origin: origin, subsystem: .interruptController, isLiving: isLiving,
      model: setting.model, world: setting.world(of: controller), property: property.rawValue,
      schedule: schedule.map(\.description), fault: .interruptController(Controller.self))
  }

  /// An exhibit of the matching of TSCs.
  init<Tracker: TSCMatchingRules>(
    _ id: String, _ title: String, origin: String, isLiving: Bool = false, in setting: TSCSetting,
    tracker: Tracker.Type, breaks property: TSCProperty, by schedule: [TSCAction]
  ) {
    self.init(
      id: id, title: title, origin: origin, subsystem: .tsc, isLiving: isLiving,
      model: setting.model, world: setting.world(of: tracker), property: property.rawValue,
      schedule: schedule.map(\.description), fault: .tsc(Tracker.self))
  }
}
