internal import Exploration
internal import TimerModels

/// ``InterruptControllerWorld`` with a controller that answers from afar.
///
/// What happens goes by the right controller, in a separate world beside it: that says what is possible, and
/// what is to be seen. The other one is asked by its registers alone, for all actions at once.
struct RemoteControllerWorld<Controller: RemoteInterruptController>: World {
  typealias Action = InterruptControllerAction
  typealias Property = InterruptControllerProperty
  private typealias Right = InterruptControllerWorld<InterruptController>

  /// The right controller, with what acts on it.
  private var right = InterruptControllerWorld<InterruptController>()
  private var controller: Controller

  /// Creates a world with a controller of some kind, for two CPUs, switched on as the right one is.
  init(_ kind: Controller) {
    controller = kind.restarted(cpuCount: 2)
    for step in Self.start { controller.perform(step) }
  }

  private static var start: [InterruptControllerStep] {
    let spi = 40
    let shared: [InterruptControllerStep] = [
      .write(.distributor, offset: GICD.ctlr, 1, cpu: 0),
      .write(.distributor, offset: GICD.itargetsr + spi, size: 1, 1, cpu: 0),
      .write(
        .distributor, offset: GICD.isenabler + 4, InterruptControllerWorld<InterruptController>.spi,
        cpu: 0),
    ]
    return (0...1).reduce(into: shared) { steps, cpu in
      steps += [
        .write(
          .distributor, offset: GICD.isenabler, InterruptControllerWorld<InterruptController>.ppi,
          cpu: cpu),
        .write(.cpuInterface, offset: GICC.pmr, 0xff, cpu: cpu),
        .write(.cpuInterface, offset: GICC.ctlr, 1, cpu: cpu),
      ]
    }
  }

  static var alphabet: [Action] { InterruptControllerWorld<InterruptController>.alphabet }

  static func actor(of action: Action) -> Actor { action.actor }

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
    controller.prepare(
      actions.compactMap { action in
        var next = right
        return next.perform(action).isImpossible ? nil : Self.steps(of: action, in: right)
      })
  }

  mutating func perform(_ action: Action) -> Step {
    let before = right
    guard !right.perform(action).isImpossible else { return .impossible }
    var value: UInt32 = 0
    for step in Self.steps(of: action, in: before) { value = controller.perform(step) }
    guard action.kind == .acknowledge else { return .done }
    var ideal = before.ideal
    return value == ideal.acknowledge(at: action.cpu) ? .done : .violated(.wrongAcknowledge)
  }

  /// What an action is by the controller's registers and lines, where the ideal is as in `world`.
  private static func steps(
    of action: Action, in world: InterruptControllerWorld<InterruptController>
  ) -> [InterruptControllerStep] {
    let (cpu, ideal) = (action.cpu, world.ideal)
    func distributor(_ offset: Int, _ value: UInt32) -> [InterruptControllerStep] {
      [.write(.distributor, offset: offset, value, cpu: cpu)]
    }
    func control(of cpu: Int, isEnabled: Bool, isSplit: Bool) -> InterruptControllerStep {
      .write(
        .cpuInterface, offset: GICC.ctlr, (isEnabled ? 1 : 0) | (isSplit ? 1 << 9 : 0), cpu: cpu)
    }
    switch action.kind {
    case .acknowledge: return [.read(.cpuInterface, offset: GICC.iar, cpu: cpu)]
    case .endInterrupt:
      return [.write(.cpuInterface, offset: GICC.eoir, ideal[cpu].running ?? 1023, cpu: cpu)]
    case .deactivate:
      return [.write(.cpuInterface, offset: GICC.dir, ideal.ended(at: cpu) ?? 1023, cpu: cpu)]
    case .switchInterface:
      return [control(of: cpu, isEnabled: !ideal[cpu].isEnabled, isSplit: ideal.isSplit)]
    case .switchSplit:
      return (0...1).map {
        control(of: $0, isEnabled: ideal[$0].isEnabled, isSplit: !ideal.isSplit)
      }
    case .sendToSelf: return distributor(GICD.sgir, 2 << 24 | 1)
    case .sendToOther: return distributor(GICD.sgir, 1 << UInt32(16 + 1 - cpu) | 1)
    case .setSGI: return distributor(GICD.ispendr, 1 << 1)
    case .raisePPI, .lowerPPI: return [.line(27, cpu: cpu, level: action.kind == .raisePPI)]
    case .raiseSPI, .lowerSPI: return [.line(40, cpu: 0, level: action.kind == .raiseSPI)]
    case .enablePPI: return distributor(GICD.isenabler, 1 << 27)
    case .disablePPI: return distributor(GICD.icenabler, 1 << 27)
    case .setPPI: return distributor(GICD.ispendr, 1 << 27)
    case .clearPPI: return distributor(GICD.icpendr, 1 << 27)
    case .deactivatePPI: return distributor(GICD.icactiver, 1 << 27)
    case .setSPI: return distributor(GICD.ispendr + 4, 1 << 8)
    case .clearSPI: return distributor(GICD.icpendr + 4, 1 << 8)
    case .enableSPI: return distributor(GICD.isenabler + 4, 1 << 8)
    case .disableSPI: return distributor(GICD.icenabler + 4, 1 << 8)
    case .retarget:
      return [
        .write(
          .distributor, offset: GICD.itargetsr + 40, size: 1, 1 << UInt32(1 - ideal.target), cpu: 0)
      ]
    case .switchPPIPriority, .switchSPIPriority:
      let isPPI = action.kind == .switchPPIPriority
      let isLow = isPPI ? ideal[cpu].ppi.isLow : ideal.spi.isLow
      return [
        .write(
          .distributor, offset: GICD.ipriorityr + (isPPI ? 27 : 40), size: 1,
          isLow ? 0 : UInt32(InterruptControllerIdeal.low), cpu: cpu)
      ]
    case .switchMask:
      let mask = ideal[cpu].isMasked ? 0xff : UInt32(InterruptControllerIdeal.low)
      return [.write(.cpuInterface, offset: GICC.pmr, mask, cpu: cpu)]
    case .switchGrouping:
      return [
        .write(
          .cpuInterface, offset: GICC.bpr,
          UInt32(Self.Right.binaryPoint(isGrouped: !ideal[cpu].isGrouped)), cpu: cpu)
      ]
    case .switchForwarding: return distributor(GICD.ctlr, ideal.isForwarding ? 0 : 1)
    case .switchActive:
      return distributor(ideal[cpu].ppi.isActive ? GICD.icactiver : GICD.isactiver, 1 << 27)
    case .addSource, .removeSource:
      let register = action.kind == .addSource ? GICD.spendsgir : GICD.cpendsgir
      return [.write(.distributor, offset: register + 1, size: 1, 2, cpu: cpu)]
    case .look: return []
    case .switchTrigger: return distributor(GICD.icfgr + 8, ideal.spi.isEdge ? 0 : 2 << 16)
    }
  }

  // MARK: - Looking

  var violation: Property? {
    for cpu in 0...1 {
      let isDue = right.controller.irqOutput(cpu: cpu)
      if controller.irqOutput(cpu: cpu) != isDue { return isDue ? .lost : .stale }
    }
    for cpu in 0...1 {
      if differs(.distributor, GICD.ispendr, cpu) { return .pendingValue }
      if differs(.distributor, GICD.isactiver, cpu) { return .activeValue }
      // Of each field the low bit is the builder's choice.
      if differs(.distributor, GICD.icfgr, cpu, in: 0xaaaa_aaaa)
        || differs(.distributor, GICD.icfgr + 4, cpu, in: 0xaaaa_aaaa)
      {
        return .configurationValue
      }
    }
    if differs(.distributor, GICD.ispendr + 4, 0) { return .pendingValue }
    if differs(.distributor, GICD.isactiver + 4, 0) { return .activeValue }
    // The low bits of a priority may not be there.
    for cpu in 0...1 where differs(.cpuInterface, GICC.rpr, cpu, in: 0xf0) {
      return .runningPriority
    }
    return nil
  }

  /// Whether a word reads other than the right one's, in bits that matter.
  private func differs(
    _ frame: InterruptControllerFrame, _ offset: Int, _ cpu: Int, in bits: UInt32 = .max
  ) -> Bool {
    var reader = right.controller
    let value = reader.read(frame, offset: offset, size: 4, cpu: cpu)
    return (controller.look(frame, offset: offset, cpu: cpu) ^ value) & bits != 0
  }

  var fingerprint: UInt64 { right.fingerprint &+ controller.fingerprint &* 0x9e37_79b9_7f4a_7c15 }

  var readout: Readout { right.readout { controller.irqOutput(cpu: $0) } }
}
