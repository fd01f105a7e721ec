internal import Exploration
internal import TimerModels

// What the guest and the host do, to the devices and to the ideal.

extension GenericTimerWorld {
  private var virtualCount: UInt64 { ideal.virtualCount(now) }
  private var physicalCount: UInt64 { GenericTimerIdeal.physicalCount(now) }

  mutating func performGuest(_ action: GenericTimerAction) -> Step {
    guard host.parts.isRunning, !isBlocked else { return .impossible }
    host.enter(at: instant)
    switch action {
    case .enable: writeControl(.enable)
    case .disable: writeControl([])
    case .mask: writeControl([.enable, .mask])
    case .compareNow: writeCompare(virtualCount)
    case .compareNext: writeCompare(virtualCount + 1)
    case .compareLast: writeCompare(.max)
    case .compareFar: writeCompare(virtualCount + Self.farTicks)
    case .timerNext: writeTimer(1)
    case .timerPast: writeTimer(-1)
    case .physicalEnable, .physicalDisable:
      ideal.physical.isEnabled = action == .physicalEnable
      host.write(at: instant, .control(.physical), ideal.physical.isEnabled ? 1 : 0)
    case .physicalCompareNext: writePhysicalCompare(physicalCount + 1)
    case .physicalCompareFar: writePhysicalCompare(physicalCount + Self.farTicks)
    case .readControl, .readTimer, .readCount, .physicalReadTimer: return read(action)
    case .block:
      guard ideal.due(at: now) == nil else { return .impossible }
      isBlocked = true
      host.block(at: instant)
    default: return performController(action)
    }
    return judgeAlarm()
  }

  /// The host's timer is armed for what is to come: what is past it would be woken for at once,
  /// for ever.
  private func judgeAlarm() -> Step {
    guard let armed = host.parts.armed, armed <= instant else { return .done }
    return .violated(.alarmPast)
  }

  private mutating func writeControl(_ control: GenericTimerControl) {
    host.write(at: instant, .control(.virtual), UInt64(control.rawValue))
    ideal.virtual.isEnabled = control.contains(.enable)
    ideal.virtual.isMasked = control.contains(.mask)
  }

  private mutating func writeCompare(_ value: UInt64) {
    host.write(at: instant, .compareValue(.virtual), value)
    ideal.virtual.compare = value
  }

  private mutating func writePhysicalCompare(_ value: UInt64) {
    host.write(at: instant, .compareValue(.physical), value)
    ideal.physical.compare = value
  }

  private mutating func writeTimer(_ value: Int32) {
    host.write(at: instant, .timerValue(.virtual), UInt64(UInt32(bitPattern: value)))
    ideal.virtual.compare = virtualCount &+ UInt64(bitPattern: Int64(value))
  }

  private func read(_ action: GenericTimerAction) -> Step {
    let timer = host.parts.timer
    switch action {
    case .readCount:
      let count = timer.read(at: instant, .counter(.virtual))
      return count == virtualCount ? .done : .violated(.countValue)
    case .readTimer:
      let value = timer.read(at: instant, .timerValue(.virtual))
      let right = UInt32(truncatingIfNeeded: ideal.virtual.compare &- virtualCount)
      return value == UInt64(right) ? .done : .violated(.timerValue)
    case .physicalReadTimer:
      let value = timer.read(at: instant, .timerValue(.physical))
      let right = UInt32(truncatingIfNeeded: ideal.physical.compare &- physicalCount)
      return value == UInt64(right) ? .done : .violated(.timerValue)
    default:
      let control = timer.read(at: instant, .control(.virtual))
      var right: UInt64 = ideal.virtual.isEnabled ? 1 : 0
      if ideal.virtual.isMasked { right |= 2 }
      // With ENABLE clear, ISTATUS is unknown.
      if ideal.virtual.isEnabled, ideal.virtual.isMet(virtualCount) { right |= 4 }
      let known: UInt64 = ideal.virtual.isEnabled ? 7 : 3
      return control & known == right ? .done : .violated(.controlValue)
    }
  }

  // MARK: - The controller

  private mutating func performController(_ action: GenericTimerAction) -> Step {
    let ppi: UInt32 = 1 << 27
    switch action {
    case .acknowledge:
      let id = host.parts.controller.acknowledge(cpu: 0)
      return id == ideal.acknowledge(at: now) ? .done : .violated(.wrongAcknowledge)
    case .endInterrupt:
      guard let id = ideal.running else { return .impossible }
      host.parts.controller.endInterrupt(id, cpu: 0)
      ideal.end()
    case .enableInterrupt:
      host.parts.controller.enable(ppi, word: 0, cpu: 0)
      ideal.virtual.isInterruptEnabled = true
    case .disableInterrupt:
      host.parts.controller.disable(ppi, word: 0, cpu: 0)
      ideal.virtual.isInterruptEnabled = false
    case .setPending:
      host.parts.controller.setPending(ppi, word: 0, cpu: 0)
      ideal.virtual.isLatched = true
    case .clearPending:
      host.parts.controller.clearPending(ppi, word: 0, cpu: 0)
      ideal.virtual.isLatched = false
    case .readPending:
      let isPending = host.parts.controller.pending(word: 0, cpu: 0) & ppi != 0
      return isPending == ideal.virtual.isPending(virtualCount) ? .done : .violated(.pendingValue)
    default: return .impossible
    }
    return .done
  }

  // MARK: - The host

  mutating func performHost(_ action: GenericTimerAction) -> Step {
    switch action {
    case .wake: return wake()
    case .look: return look().map { .violated($0) } ?? .done
    case .reset:
      guard host.parts.isRunning, ideal.running == nil else { return .impossible }
      host.reset(at: instant)
      ideal.reset()
      isBlocked = false
    case .stop:
      guard host.parts.isRunning else { return .impossible }
      host.parts.isRunning = false
      stoppedCounter = virtualCount
    case .switchOffset:
      guard host.parts.isRunning else { return .impossible }
      ideal.isAhead.toggle()
      let offset = GenericTimerIdeal.offset
      host.parts.timer.writeVirtualOffset(at: instant, ideal.isAhead ? 0 &- offset : offset)
      host.push()
      host.arm(at: instant)
      if host.parts.controller.irqOutput(cpu: 0) { isBlocked = false }
      return judgeAlarm()
    case .goOn:
      guard !host.parts.isRunning, !isRestoring, savedTimer == nil, savedController == nil else {
        return .impossible
      }
      host.goOn(at: instant, savedCounter: stoppedCounter)
      stoppedCounter = 0
      if ideal.due(at: now) != nil { isBlocked = false }
    default: return performCheckpoint(action)
    }
    return .done
  }

  private mutating func wake() -> Step {
    guard host.parts.armed != nil else { return .impossible }
    host.wakeUp(at: instant)
    if let armed = host.parts.armed, armed <= instant { return .violated(.alarmPast) }
    if host.parts.controller.irqOutput(cpu: 0) { isBlocked = false }
    return .done
  }

  /// A checkpoint in steps; its machine is left when both halves are saved.
  private mutating func performCheckpoint(_ action: GenericTimerAction) -> Step {
    guard !host.parts.isRunning else { return .impossible }
    switch action {
    case .saveTimer where !isRestoring && savedTimer == nil:
      savedTimer = host.parts.timer.registers
    case .saveController where !isRestoring && savedController == nil:
      savedController = host.parts.controller.state.cpus[0]
    case .restoreTimer, .restoreController:
      guard isRestoring || (savedTimer != nil && savedController != nil) else {
        return .impossible
      }
      if !isRestoring {
        host = Self.machine(now: now)
        host.parts.isControllerReady = false
        host.parts.isRunning = false
        isRestoring = true
      }
      guard restore(action) else { return .impossible }
      isRestoring = savedTimer != nil || savedController != nil
    default: return .impossible
    }
    return .done
  }

  private mutating func restore(_ action: GenericTimerAction) -> Bool {
    if action == .restoreTimer {
      guard let registers = savedTimer else { return false }
      host.restore(at: instant, timer: registers)
      savedTimer = nil
    } else {
      guard let saved = savedController else { return false }
      var state = host.parts.controller.state
      state.cpus[0] = saved
      host.restore(at: instant, controller: state)
      savedController = nil
    }
    return true
  }
}
