public import Exploration
internal import TimerModels

// What devices and software do, to the controller and to the ideal.

extension InterruptControllerWorld {
  /// Carries out an action, and looks whether what it showed is what the rules say.
  public mutating func perform(_ action: InterruptControllerAction) -> Step {
    let cpu = action.cpu
    switch action.kind {
    case .acknowledge:
      let value = controller.acknowledge(cpu: cpu)
      return value == ideal.acknowledge(at: cpu) ? .done : .violated(.wrongAcknowledge)
    case .endInterrupt:
      guard let id = ideal[cpu].running else { return .impossible }
      controller.endInterrupt(id, cpu: cpu)
      ideal.end(at: cpu)
    case .deactivate:
      guard let id = ideal.ended(at: cpu) else { return .impossible }
      controller.deactivate(id, cpu: cpu)
      ideal[cpu, id].isActive = false
    case .switchInterface:
      ideal[cpu].isEnabled.toggle()
      controller.state.cpus[cpu].isEnabled = ideal[cpu].isEnabled
    case .switchSplit: return switchSplit()
    case .sendToOther, .sendToSelf: send(action)
    case .setSGI: controller.setPending(1 << 1, word: 0, cpu: cpu)
    case .raisePPI, .lowerPPI:
      guard ideal[cpu].ppi.line != (action.kind == .raisePPI) else { return .impossible }
      ideal[cpu].ppi.drive(action.kind == .raisePPI)
      controller.setLine(27, cpu: cpu, level: ideal[cpu].ppi.line)
    case .enablePPI, .disablePPI, .setPPI, .clearPPI, .deactivatePPI: changePPI(action)
    case .switchPPIPriority:
      ideal[cpu].ppi.isLow.toggle()
      controller.writePriority(27, cpu: cpu, Self.priority(ideal[cpu].ppi.isLow))
    case .switchSPIPriority:
      ideal.spi.isLow.toggle()
      controller.writePriority(40, cpu: 0, Self.priority(ideal.spi.isLow))
    case .switchMask:
      ideal[cpu].isMasked.toggle()
      controller.state.cpus[cpu].priorityMask =
        ideal[cpu].isMasked ? InterruptControllerIdeal.low : 0xff
    case .switchGrouping, .switchForwarding, .switchActive, .addSource, .removeSource:
      return changeRest(action)
    case .look: return look().map { .violated($0) } ?? .done
    default: return changeSPI(action.kind)
    }
    return .done
  }

  private static func priority(_ isLow: Bool) -> UInt8 {
    isLow ? InterruptControllerIdeal.low : 0
  }

  private mutating func send(_ action: InterruptControllerAction) {
    let target = action.kind == .sendToSelf ? action.cpu : 1 - action.cpu
    let command: UInt32 = action.kind == .sendToSelf ? 2 << 24 : 1 << (16 + target)
    controller.sendSGI(command | 1, from: action.cpu)
    ideal[target].sgi.sources |= 1 << action.cpu
  }

  /// While nothing is active: what would become of an interrupt that is, is not said.
  private mutating func switchSplit() -> Step {
    for cpu in 0...1 {
      let isIdle = !ideal[cpu].sgi.isActive && !ideal[cpu].ppi.isActive && !ideal.spi.isActive
      guard isIdle, ideal[cpu].running == nil else { return .impossible }
    }
    ideal.isSplit.toggle()
    for cpu in 0...1 { controller.state.cpus[cpu].splitsCompletion = ideal.isSplit }
    return .done
  }

  private mutating func changePPI(_ action: InterruptControllerAction) {
    let cpu = action.cpu
    switch action.kind {
    case .enablePPI:
      controller.enable(Self.ppi, word: 0, cpu: cpu)
      ideal[cpu].ppi.isEnabled = true
    case .disablePPI:
      controller.disable(Self.ppi, word: 0, cpu: cpu)
      ideal[cpu].ppi.isEnabled = false
    case .setPPI:
      controller.setPending(Self.ppi, word: 0, cpu: cpu)
      ideal[cpu].ppi.isLatched = true
    case .clearPPI:
      controller.clearPending(Self.ppi, word: 0, cpu: cpu)
      ideal[cpu].ppi.isLatched = false
    default:
      controller.clearActive(Self.ppi, word: 0, cpu: cpu)
      ideal[cpu].ppi.isActive = false
    }
  }

  private mutating func changeSPI(_ kind: InterruptControllerAction.Kind) -> Step {
    switch kind {
    case .raiseSPI, .lowerSPI:
      guard ideal.spi.line != (kind == .raiseSPI) else { return .impossible }
      ideal.spi.drive(kind == .raiseSPI)
      controller.setLine(40, cpu: 0, level: ideal.spi.line)
    case .setSPI:
      controller.setPending(Self.spi, word: 1, cpu: 0)
      ideal.spi.isLatched = true
    case .clearSPI:
      controller.clearPending(Self.spi, word: 1, cpu: 0)
      ideal.spi.isLatched = false
    case .enableSPI:
      controller.enable(Self.spi, word: 1, cpu: 0)
      ideal.spi.isEnabled = true
    case .disableSPI:
      controller.disable(Self.spi, word: 1, cpu: 0)
      ideal.spi.isEnabled = false
    case .retarget:
      ideal.target = 1 - ideal.target
      controller.writeTargets(40, 1 << ideal.target)
    case .switchTrigger:
      ideal.spi.isEdge.toggle()
      // Two bits an interrupt, 16 of them a register: 40 is the ninth of the third.
      controller.writeConfiguration(index: 2, ideal.spi.isEdge ? 2 << 16 : 0)
    default: return .impossible
    }
    return .done
  }
}
