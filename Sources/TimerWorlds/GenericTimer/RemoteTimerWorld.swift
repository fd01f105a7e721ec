internal import Exploration
internal import TimerModels

/// ``GenericTimerWorld`` with a timer that answers from afar.
///
/// What happens goes by the right timer and controller, in a separate world beside it: that says what is
/// possible, and what is to be seen. The other timer is asked by its registers alone, for all actions at once;
/// its lines are looked at, and lead nowhere.
struct RemoteTimerWorld<Timer: RemoteGenericTimer>: World {
  typealias Action = GenericTimerAction
  typealias Property = GenericTimerProperty
  private typealias Right = GenericTimerWorld<
    PlainGenericTimerHost<GenericTimer, InterruptController, LineMemory>
  >

  /// What an action is by the timer's registers, and what the reads among them are to give.
  private struct Plan {
    struct Reading {
      var value: UInt64
      var bits: UInt64 = .max
      var property: Property
    }

    /// The right devices after it.
    var right: Right
    var steps: [GenericTimerStep] = []
    /// By the step's place.
    var readings: [Int: Reading] = [:]

    mutating func add(_ operation: GenericTimerStep.Operation) {
      steps.append(GenericTimerStep(at: right.instant, operation))
    }

    mutating func read(
      _ register: GenericTimerRegister, bits: UInt64 = .max, is property: Property
    ) {
      let value = right.host.parts.timer.read(at: right.instant, register)
      readings[steps.count] = Reading(value: value, bits: bits, property: property)
      add(.read(register))
    }
  }

  private var right = Right()
  private var timer: Timer

  /// Creates a world with a timer of some kind, off, as the right one is.
  init(_ kind: Timer) {
    timer = kind
    var plan = Plan(right: right)
    Self.addRestart(to: &plan)
    for step in plan.steps { _ = timer.perform(step) }
  }

  static var alphabet: [Action] { Right.alphabet }
  static func actor(of action: Action) -> Actor { action.actor }
  func duration(of action: Action) -> UInt64 { right.duration(of: action) }

  // MARK: - Actions

  static var isRemote: Bool { true }

  /// Asks the device for all actions on a state at once, and goes through its answers.
  static func perform(
    _ actions: [Action], on states: inout ContiguousArray<Self>,
    visit: (_ state: Int, _ action: Int, _ step: Step, _ after: inout Self) -> Bool
  ) {
    performInTurn(actions, on: &states, after: { $0.prepare(for: actions) }, visit: visit)
  }

  private mutating func prepare(for actions: [Action]) {
    let world = self
    timer.prepare(actions.compactMap { world.plan(for: $0)?.steps }.filter { !$0.isEmpty })
  }

  mutating func perform(_ action: Action) -> Step {
    guard let plan = plan(for: action) else { return .impossible }
    right = plan.right
    var broken: Property?
    for (index, step) in plan.steps.enumerated() {
      let value = timer.perform(step)
      guard let reading = plan.readings[index] else { continue }
      if (value ^ reading.value) & reading.bits != 0 { broken = broken ?? reading.property }
    }
    if action == .wake, let alarm = timer.alarm, alarm <= right.instant {
      return .violated(.alarmPast)
    }
    return broken.map { .violated($0) } ?? .done
  }

  /// nil where the action cannot happen.
  private func plan(for action: Action) -> Plan? {
    var plan = Plan(right: right)
    guard !plan.right.act(action).isImpossible else { return nil }
    if action.actor == .guest || [.wake, .goOn].contains(action) { plan.add(.wakeUp) }
    switch action {
    case .readCount: plan.read(.counter(.virtual), is: .countValue)
    case .readTimer: plan.read(.timerValue(.virtual), is: .timerValue)
    case .physicalReadTimer: plan.read(.timerValue(.physical), is: .timerValue)
    case .readControl:
      // With ENABLE clear, ISTATUS is unknown.
      let isEnabled = plan.right.ideal.virtual.isEnabled
      plan.read(.control(.virtual), bits: isEnabled ? 7 : 3, is: .controlValue)
    case .timerNext: plan.add(.write(.timerValue(.virtual), 1))
    case .timerPast: plan.add(.write(.timerValue(.virtual), UInt64(UInt32.max)))
    case .saveTimer:
      for channel in GenericTimerChannel.allCases {
        plan.read(.compareValue(channel), is: .timerValue)
        plan.read(.control(channel), bits: 3, is: .controlValue)
      }
    case .restoreTimer: Self.addRestart(to: &plan)
    case .restoreController where !right.isRestoring: Self.addRestart(to: &plan)
    default: addChanges(to: &plan)
    }
    addNormalising(to: &plan)
    return plan
  }

  /// A timer of another machine, with the right one's registers.
  private static func addRestart(to plan: inout Plan) {
    let registers = plan.right.host.parts.timer.registers
    plan.add(.restart(registers.frequency))
    plan.add(.write(.virtualOffset, registers.virtualOffset))
    for channel in GenericTimerChannel.allCases {
      plan.add(.write(.compareValue(channel), registers[channel].compareValue))
      plan.add(.write(.control(channel), UInt64(registers[channel].control.rawValue)))
    }
  }

  /// The registers that the action has written.
  private func addChanges(to plan: inout Plan) {
    let (old, new) = (right.host.parts.timer.registers, plan.right.host.parts.timer.registers)
    if old.virtualOffset != new.virtualOffset {
      plan.add(.write(.virtualOffset, new.virtualOffset))
    }
    for channel in GenericTimerChannel.allCases {
      if old[channel].compareValue != new[channel].compareValue {
        plan.add(.write(.compareValue(channel), new[channel].compareValue))
      }
      if old[channel].control != new[channel].control {
        plan.add(.write(.control(channel), UInt64(new[channel].control.rawValue)))
      }
    }
  }

  /// Moves the present back to where it always is, and a CVAL that no thread waits for to where such are.
  ///
  /// *Why not by a write of the guest's:* the device would look, and one that was late would differ from itself a
  /// tick earlier.
  private func addNormalising(to plan: inout Plan) {
    let before = plan.right
    plan.right.normalise()
    let past = before.now - plan.right.now
    let ticks = past / GenericTimerIdeal.tickNanoseconds
    if past > 0 {
      plan.steps.append(
        GenericTimerStep(at: before.instant, .shift(nanoseconds: past, ticks: ticks)))
    }
    for channel in GenericTimerChannel.allCases {
      let compare = before.host.parts.timer.registers[channel].compareValue
      let moved = plan.right.host.parts.timer.registers[channel].compareValue
      if moved != compare - min(compare, ticks) { plan.add(.move(channel, moved)) }
    }
  }

  // MARK: - Looking

  var violation: Property? {
    guard right.host.parts.isRunning else { return nil }
    return timer.outputs.isSubset(of: due) ? nil : .stale
  }

  /// An output that is not high.
  var debt: Property? {
    guard right.host.parts.isRunning else { return nil }
    return due.isSubset(of: timer.outputs) ? nil : .lost
  }

  /// The outputs that are to be high.
  private var due: GenericTimerOutputs {
    var due: GenericTimerOutputs = []
    if right.ideal.virtual.line(right.ideal.virtualCount(right.now)) { due.insert(.virtual) }
    if right.ideal.physical.line(GenericTimerIdeal.physicalCount(right.now)) {
      due.insert(.physical)
    }
    return due
  }

  /// The host's timer goes off, if the timer wants that within a tick.
  mutating func rest() {
    guard let alarm = timer.alarm,
      alarm.nanoseconds <= right.now + GenericTimerIdeal.tickNanoseconds
    else { return }
    right.now = max(right.now, alarm.nanoseconds)
    timer.wakeUp(at: right.instant)
  }

  var fingerprint: UInt64 { right.fingerprint &+ timer.fingerprint &* 0x9e37_79b9_7f4a_7c15 }

  /// The right timer's, and where they differ the device's outputs.
  var readout: Readout {
    var readout = right.readout
    let names = [(GenericTimerOutputs.virtual, "v"), (.physical, "p")]
    let wrong = names.filter { timer.outputs.contains($0.0) != due.contains($0.0) }
    if !wrong.isEmpty {
      let words = wrong.map { "\($0.1) \(timer.outputs.contains($0.0) ? "high" : "low")" }
      readout.controller += " (device: \(words.joined(separator: ", ")))"
    }
    return readout
  }
}
