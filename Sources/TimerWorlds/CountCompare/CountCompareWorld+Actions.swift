internal import Exploration
internal import TimerModels

// What the guest and the host do, to the timer and to the ideal.

extension CountCompareWorld {
  mutating func performGuest(_ action: CountCompareAction) -> Step {
    switch place {
    case .software: break
    case .hardware: return writeHardwareCompare(action)
    case .loading, .reading, .read: return .impossible
    }
    // The two steps of a write are one instruction of the guest.
    guard !isWritingCause || action == .finishCause else { return .impossible }
    guard compareWrite == nil || action == .finishCompare else { return .impossible }
    switch action {
    case .readCount:
      let count = host.timer.readCount(at: instant)
      return count == ideal.count ? judgeRead() : .violated(.countValue)
    case .readCycleCounter:
      let count = host.timer.readCycleCounter(at: instant)
      return count == ideal.count ? judgeRead() : .violated(.cycleCounterValue)
    case .readCause:
      let isSet = host.timer.readCause(at: instant).contains(.timerInterrupt)
      return isSet || !ideal.isPending ? .done : .violated(.silentMatch)
    case .countBefore: writeCount(ideal.compare &- 1)
    case .countEqual: writeCount(ideal.compare)
    case .setDisable, .clearDisable: return writeDisable(action == .setDisable)
    case .beginCause, .finishCause: return writeCauseInSteps(action)
    case .beginCompareNext, .beginCompareSecond, .beginCompareFar, .beginComparePast:
      return beginCompare(action)
    case .finishCompare:
      guard var write = compareWrite else { return .impossible }
      host.finishWritingCompare(at: instant, write.compare, in: &write.context)
      compareWrite = nil
      ideal.compare = write.compare
      ideal.isPending = false
      let isParked = write.context == GuestContext(compare: write.compare)
      return isParked ? .done : .violated(.compareValue)
    default:
      guard let compare = compare(after: action) else { return .impossible }
      host.timer.guestWriteCompare(at: instant, compare)
      ideal.compare = compare
      ideal.isPending = false
    }
    return .done
  }

  /// What the guest writes to Compare.
  private func compare(after action: CountCompareAction) -> UInt32? {
    switch action {
    case .acknowledge: ideal.compare
    case .compareNext, .beginCompareNext: ideal.count &+ 1
    case .compareSecond, .beginCompareSecond: ideal.count &+ 2
    case .compareFar, .beginCompareFar: ideal.count &+ 1 << 30
    case .compareEqual: ideal.count
    case .comparePast, .beginComparePast: ideal.count &- 1
    default: nil
    }
  }

  /// After a read of Count, no match up to now is outstanding.
  private func judgeRead() -> Step {
    ideal.isPending && !host.timer.interruptLine ? .violated(.silentMatch) : .done
  }

  private mutating func writeCount(_ count: UInt32) {
    host.timer.guestWriteCount(at: instant, count)
    ideal.count = count
  }

  private mutating func writeDisable(_ isDisabled: Bool) -> Step {
    guard isDisabled != ideal.isDisabled else { return .impossible }
    host.timer.guestWriteCause(at: instant, isDisabled ? .disableCount : [])
    ideal.isDisabled = isDisabled
    return .done
  }

  /// A write of Cause that changes nothing, in two steps.
  private mutating func writeCauseInSteps(_ action: CountCompareAction) -> Step {
    guard isWritingCause == (action == .finishCause) else { return .impossible }
    if isWritingCause {
      host.finishWritingCause(at: instant, ideal.isDisabled ? .disableCount : [])
    } else {
      host.beginWritingCause(at: instant)
    }
    isWritingCause.toggle()
    return .done
  }

  /// The first step of a write of Compare that moves it: what does not is but an acknowledgement.
  private mutating func beginCompare(_ action: CountCompareAction) -> Step {
    guard let compare = compare(after: action), compare != ideal.compare else {
      return .impossible
    }
    var context = GuestContext(compare: ideal.compare)
    host.beginWritingCompare(compare, in: &context)
    compareWrite = CompareWrite(compare: compare, context: context)
    return .done
  }

  private mutating func writeHardwareCompare(_ action: CountCompareAction) -> Step {
    guard let compare = compare(after: action) else { return .impossible }
    ideal.compare = compare
    ideal.isPending = false
    hardware.isPending = false
    return .done
  }

  // MARK: - The host

  mutating func performHost(_ action: CountCompareAction) -> Step {
    switch action {
    case .handOver, .completeHandOver, .readHardware, .takeBack: return moveTimer(action)
    default: break
    }
    guard place == .software else { return .impossible }
    switch action {
    case .wake:
      guard host.timer.alarm != nil else { return .impossible }
      host.timer.wakeUp(at: instant)
      if let alarm = host.timer.alarm, alarm <= instant { return .violated(.alarmPast) }
    case .stop, .start: return setMaster(disabled: action == .stop)
    case .resumeNow: return writeResume(now)
    case .resumeEarlier: return writeResume(ideal.resumeTime &- UInt64(ideal.rate.nanoseconds))
    case .hostCompareNext, .hostCompareFar:
      let compare = ideal.count &+ (action == .hostCompareNext ? 1 : 1 << 30)
      host.timer.hostWriteCompare(at: instant, compare)
      ideal.compare = compare
    case .hostCountBefore:
      ideal.count = ideal.compare &- 1
      host.timer.hostWriteCount(at: instant, ideal.count)
    case .hostSetDisable, .hostClearDisable:
      return hostWriteCause(disabled: action == .hostSetDisable, pending: nil)
    case .hostSetInterrupt, .hostClearInterrupt:
      return hostWriteCause(disabled: nil, pending: action == .hostSetInterrupt)
    case .changeFrequency:
      ideal.rate = ideal.rate == .gigahertz ? .hundredMegahertz : .gigahertz
      host.timer.writeFrequency(at: instant, Self.frequency(ideal.rate))
    case .migrate: return migrate()
    default: return .impossible
    }
    return .done
  }

  private mutating func setMaster(disabled: Bool) -> Step {
    guard disabled != ideal.isMasterDisabled else { return .impossible }
    host.timer.writeControl(at: instant, isDisabled: disabled)
    ideal.setMaster(disabled: disabled, at: now)
    return .done
  }

  private mutating func writeResume(_ time: UInt64) -> Step {
    guard ideal.isMasterDisabled, time != ideal.resumeTime else { return .impossible }
    host.timer.writeResume(at: instant, Instant(nanoseconds: time))
    ideal.resumeTime = time
    return .done
  }

  private mutating func hostWriteCause(disabled: Bool?, pending: Bool?) -> Step {
    let isDisabled = disabled ?? ideal.isDisabled
    let isPending = pending ?? ideal.isPending
    guard isDisabled != ideal.isDisabled || isPending != ideal.isPending else {
      return .impossible
    }
    let cause: CP0Cause = [
      isDisabled ? .disableCount : [], isPending ? .timerInterrupt : [],
    ]
    host.timer.hostWriteCause(at: instant, cause)
    ideal.isDisabled = isDisabled
    ideal.isPending = isPending
    return .done
  }

  /// Saves the stopped timer, and restores it into another one.
  private mutating func migrate() -> Step {
    guard ideal.isMasterDisabled else { return .impossible }
    let state = host.timer.state
    let saved = SavedCountCompare(
      frequency: state.frequency, resumeTime: state.resumeTime, compare: state.compare,
      cause: host.timer.readCause(at: instant), count: host.timer.readCount(at: instant))
    guard saved.count == ideal.count else { return .violated(.countValue) }
    host = Host(timer: Host.Timer(at: instant))
    host.restore(at: instant, from: saved)
    return .done
  }

  // MARK: - Hardware

  /// To hardware and back, in steps between which Count goes on.
  private mutating func moveTimer(_ action: CountCompareAction) -> Step {
    switch (action, place) {
    case (.handOver, .software):
      guard ideal.isRunning, !isWritingCause, compareWrite == nil else { return .impossible }
      hardware = Hardware(count: host.timer.handOver(at: instant), time: now)
      guard hardware.count == ideal.count else { return .violated(.countValue) }
      place = .loading
    case (.completeHandOver, .loading):
      host.timer.completeHandOver(from: hardware.count, to: ideal.count)
      hardware = Hardware(isPending: host.timer.interruptLine)
      place = .hardware
    case (.readHardware, .hardware):
      hardware.count = ideal.count
      hardware.time = now
      // Cause is read here; what the hardware hears later is not in it.
      place = .reading
    case (.readHardware, .reading):
      hardware.countAfter = ideal.count
      place = .read
    case (.takeBack, .read): return takeBack()
    default: return .impossible
    }
    return .done
  }

  private mutating func takeBack() -> Step {
    let correction = host.timer.takeBack(
      at: instant,
      HardwareTimerReading(
        compare: ideal.compare, time: Instant(nanoseconds: hardware.time),
        countBefore: hardware.count, cause: hardware.isPending ? .timerInterrupt : [],
        countAfter: hardware.countAfter))
    hardware = Hardware()
    place = .software
    // The hardware's Count is the ideal's, so there is nothing to correct.
    return correction == 0 ? .done : .violated(.countValue)
  }
}
