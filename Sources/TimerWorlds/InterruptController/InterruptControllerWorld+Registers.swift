internal import Exploration
internal import TimerModels

// The rest of the registers: preemption groups, active bits, the sources of SGIs.

extension InterruptControllerWorld {
  /// GICC_BPR: with 6 only bit 7 of a priority decides about preemption, and both priorities have it clear.
  static func binaryPoint(isGrouped: Bool) -> UInt8 { isGrouped ? 6 : 0 }

  mutating func changeRest(_ action: InterruptControllerAction) -> Step {
    let cpu = action.cpu
    switch action.kind {
    case .switchGrouping:
      ideal[cpu].isGrouped.toggle()
      controller.state.cpus[cpu].binaryPoint = Self.binaryPoint(isGrouped: ideal[cpu].isGrouped)
    case .switchForwarding:
      ideal.isForwarding.toggle()
      controller.state.isForwarding = ideal.isForwarding
    case .switchActive: return switchActive(cpu)
    case .addSource:
      controller.addSources(2, ofSGI: 1, cpu: cpu)
      ideal[cpu].sgi.sources |= 2
    case .removeSource:
      controller.removeSources(2, ofSGI: 1, cpu: cpu)
      ideal[cpu].sgi.sources &= ~2
    default: return .impossible
    }
    return .done
  }

  /// While no handler of it runs: one that runs is ended by GICC_EOIR.
  private mutating func switchActive(_ cpu: Int) -> Step {
    guard ideal[cpu].running != 27, ideal[cpu].interrupted != 27 else { return .impossible }
    if ideal[cpu].ppi.isActive {
      controller.clearActive(Self.ppi, word: 0, cpu: cpu)
    } else {
      controller.setActive(Self.ppi, word: 0, cpu: cpu)
    }
    ideal[cpu].ppi.isActive.toggle()
    return .done
  }
}
