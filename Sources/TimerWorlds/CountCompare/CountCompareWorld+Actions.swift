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
      let count = host.timer.perform(at: instant, guest: .readCount)
      return count == ideal.count ? judgeRead() : .violated(.countValue)
    case .readCycleCounter:
      let count = host.timer.perform(at: instant, guest: .readCycleCounter)
      return count == ideal.count ? judgeRead() : .violated(.cycleCounterValue)
    case .readCause:
      let isSet = readCause().contains(.timerInterrupt)
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
      host.timer.perform(at: instant, guest: .writeCompare(compare))
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
    host.timer.perform(at: instant, guest: .writeCount(count))
    ideal.count = count
  }

  private mutating func writeDisable(_ isDisabled: Bool) -> Step {
    guard isDisabled != ideal.isDisabled else { return .impossible }
    let cause: CP0Cause = isDisabled ? .disableCount : []
    host.timer.perform(at: instant, guest: .writeCause(cause.rawValue))
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
    case .look: return look()
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
      ideal.compare = compare
      return performHost(.writeCompare(compare))
    case .hostCountBefore:
      ideal.count = ideal.compare &- 1
      return performHost(.writeCount(ideal.count))
    case .hostSetDisable, .hostClearDisable:
      return hostWriteCause(disabled: action == .hostSetDisable, pending: nil)
    case .hostSetInterrupt, .hostClearInterrupt:
      return hostWriteCause(disabled: nil, pending: action == .hostSetInterrupt)
    case .changeFrequency:
      ideal.rate = ideal.rate == .gigahertz ? .hundredMegahertz : .gigahertz
      return performHost(.writeFrequency(ideal.rate.hertz))
    case .migrate: return migrate()
    default: return .impossible
    }
    return .done
  }

  private mutating func setMaster(disabled: Bool) -> Step {
    guard disabled != ideal.isMasterDisabled else { return .impossible }
    ideal.setMaster(disabled: disabled, at: now)
    return performHost(.writeControl(disabled ? 1 : 0))
  }

  private mutating func writeResume(_ time: UInt64) -> Step {
    guard ideal.isMasterDisabled, time != ideal.resumeTime else { return .impossible }
    ideal.resumeTime = time
    return performHost(.writeResume(time))
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
    ideal.isDisabled = isDisabled
    ideal.isPending = isPending
    return performHost(.writeCause(cause.rawValue))
  }

  /// Saves the stopped timer, and restores it into another one.
  private mutating func migrate() -> Step {
    guard ideal.isMasterDisabled else { return .impossible }
    let cause = readCause()
    let count = host.timer.perform(at: instant, guest: .readCount)
    guard count == ideal.count else { return .violated(.countValue) }
    let saved: SavedCountCompare
    do throws(CountCompareError) {
      let hertz = try host.timer.perform(at: instant, host: .readFrequency)
      let resume = try host.timer.perform(at: instant, host: .readResume)
      saved = SavedCountCompare(
        frequency: try CountFrequency(hertz: hertz), resumeTime: Instant(nanoseconds: resume),
        compare: host.timer.compare, cause: cause, count: count)
    } catch { return .violated(.refused) }
    host = Host(timer: host.timer.restarted(at: instant, frequency: .default))
    host.restore(at: instant, from: saved)
    return .done
  }

  /// An access of the host with a value that is allowed.
  private mutating func performHost(_ access: CountCompareHostAccess) -> Step {
    do throws(CountCompareError) {
      try host.timer.perform(at: instant, host: access)
      return .done
    } catch { return .violated(.refused) }
  }

  private mutating func readCause() -> CP0Cause {
    CP0Cause(rawValue: host.timer.perform(at: instant, guest: .readCause))
  }

  // MARK: - Hardware

  /// To hardware and back, in steps between which Count continues.
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
