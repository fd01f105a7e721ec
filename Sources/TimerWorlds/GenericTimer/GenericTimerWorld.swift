public import Exploration
internal import TimerModels

/// An Arm generic timer with its controller and everything that acts on them, one vCPU.
///
/// The guest runs, waits for an interrupt, or is stopped. Stopped, it can be saved and restored: the
/// timer and the controller each at any time and in any order, while time continues and the host's
/// timer goes off. The guest's accesses leave it and enter it again, as on a machine without
/// separate hardware: the host brings timer and controller up to date before each.
///
/// The space of states is finite. The present is moved back after every action, and with it all
/// that refers to it. A compare value that was met some ticks ago stays as long ago, and one that
/// is far away stays as far: no thread waits for it.
public struct GenericTimerWorld<Host: GenericTimerHost>: World {
  /// What can happen.
  public typealias Action = GenericTimerAction
  /// What must never happen.
  public typealias Property = GenericTimerProperty

  /// The hypervisor with its devices.
  public internal(set) var host: Host
  var ideal = GenericTimerIdeal()
  var now = Self.present
  /// Whether the guest waits for an interrupt.
  var isBlocked = false
  /// What a checkpoint holds so far; each is gone when it has been restored.
  ///
  /// Of the controller only what is banked for the vCPU: nothing else changes here.
  var savedTimer: GenericTimerRegisters?
  var savedController: InterruptControllerCPU?
  /// Whether the saved machine has been left, and another one is being set up.
  var isRestoring = false
  /// CNTVCT when the vCPU was stopped.
  var stoppedCounter: UInt64 = 0

  /// About a day after the origin.
  static var present: UInt64 { 86_400_000_000_000 }

  /// Creates a world with a machine that was just set up: timers off, PPIs 27 and 30 enabled.
  public init() {
    host = Self.machine(now: Self.present)
    host.parts.controller.state.cpus[0].isEnabled = true
    host.parts.controller.state.cpus[0].priorityMask = 0xff
    host.parts.controller.enable(1 << 27 | 1 << 30, word: 0, cpu: 0)
    normalise()
  }

  static func machine(now: UInt64) -> Host {
    do {
      var registers = GenericTimerRegisters(frequency: try CounterFrequency(hertz: 500_000_000))
      registers.virtualOffset = GenericTimerIdeal.offset
      var controller = Host.Controller(cpuCount: 1)
      controller.state.isForwarding = true
      let timer = Host.Timer(at: Instant(nanoseconds: now), registers: registers)
      return Host(parts: GenericTimerParts(timer: timer, controller: controller))
    } catch { preconditionFailure("\(error)") }
  }

  /// Everything that can happen.
  public static var alphabet: [GenericTimerAction] { GenericTimerAction.allCases }

  /// Who does it.
  public static func actor(of action: GenericTimerAction) -> Actor { action.actor }

  var instant: Instant { Instant(nanoseconds: now) }

  /// Carries out an action, and looks whether what it showed is what the rules say.
  public mutating func perform(_ action: GenericTimerAction) -> Step {
    let step = act(action)
    if !step.isImpossible { normalise() }
    return step
  }

  /// Carries out an action; the present stays where that leads.
  mutating func act(_ action: GenericTimerAction) -> Step {
    switch action.actor {
    case .time: pass(by: action)
    case .guest: performGuest(action)
    case .host: performHost(action)
    }
  }

  /// What is wrong with this state.
  public var violation: Property? {
    guard host.parts.isRunning else { return nil }
    if host.parts.controller.irqOutput(cpu: 0) && ideal.due(at: now) == nil { return .stale }
    let active = host.parts.controller.state.cpus[0].bank.active
    if (active >> 27 & 1 == 1) != ideal.virtual.isActive { return .activeValue }
    if (active >> 30 & 1 == 1) != ideal.physical.isActive { return .activeValue }
    return nil
  }

  /// An interrupt that the CPU does not see.
  public var debt: Property? {
    guard host.parts.isRunning, ideal.due(at: now) != nil else { return nil }
    return host.parts.controller.irqOutput(cpu: 0) ? nil : .lost
  }

  /// The host's timer goes off, if that is due within a tick.
  public mutating func rest() {
    guard let armed = host.parts.armed,
      armed.nanoseconds <= now + GenericTimerIdeal.tickNanoseconds
    else { return }
    now = max(now, armed.nanoseconds)
    host.wakeUp(at: instant)
  }

  /// Made of what changes.
  public var fingerprint: UInt64 {
    let parts = host.parts
    let bank = parts.controller.state.cpus[0].bank
    var fingerprint = Fingerprint()
    fingerprint.combine(UInt64(bank.line) << 32 | UInt64(bank.latched))
    fingerprint.combine(UInt64(bank.active) << 32 | UInt64(bank.enabled))
    fingerprint.combine(parts.timer.registers.virtual.compareValue)
    fingerprint.combine(parts.timer.registers.physical.compareValue)
    fingerprint.combine(parts.armed?.nanoseconds ?? 0)
    let control = parts.timer.registers.virtual.control.rawValue << 2
    let controls = UInt64(control | parts.timer.registers.physical.control.rawValue)
    let pushed = UInt64(parts.lines.pushed >> 27 & 1 | parts.lines.pushed >> 29 & 2)
    let outputs = UInt64(parts.timer.outputs.rawValue) << 2 | pushed
    let flags: [8 of Bool] = [
      parts.isRunning, parts.isControllerReady, isBlocked, isRestoring, savedTimer == nil,
      savedController == nil, ideal.virtual.isLatched, ideal.running == nil,
    ]
    var bits: UInt64 = 0
    for index in flags.indices { bits = bits << 1 | (flags[index] ? 1 : 0) }
    fingerprint.combine(bits << 32 | controls << 16 | outputs)
    fingerprint.combine(now ^ stoppedCounter << 32)
    guard let saved = savedController?.bank else { return fingerprint.value }
    fingerprint.combine(UInt64(saved.line) << 32 ^ UInt64(saved.active))
    return fingerprint.value ^ UInt64(saved.latched) << 32
  }
}
