public import Exploration
internal import TimerModels

// Time: the instants that matter, and what makes the space of states finite.

extension CountCompareWorld {
  /// How much time passes.
  public func duration(of action: CountCompareAction) -> UInt64 {
    guard action.actor == .time, let target = target(of: action) else { return 0 }
    return target - now
  }

  /// Lets time pass up to an instant that matters, and looks at Count there.
  ///
  /// The look is at a copy: nothing was read. It is taken here, since Count must be right
  /// over the whole way, before the present is moved back.
  mutating func pass(by action: CountCompareAction) -> Step {
    guard let target = target(of: action) else { return .impossible }
    move(to: target)
    guard place == .software else { return .done }
    var reader = host.timer
    let count = reader.perform(at: instant, guest: .readCount)
    return count == ideal.count ? .done : .violated(.countValue)
  }

  /// The present becomes `target`; what listens to the hardware hears a match.
  mutating func move(to target: UInt64) {
    let wasPending = ideal.isPending
    ideal.isPending = false
    ideal.advance(from: now, to: target)
    if ideal.isPending && place == .hardware { hardware.isPending = true }
    ideal.isPending = ideal.isPending || wasPending
    compareWrite?.context.advance(by: ideal.rate.tick(at: target) - ideal.rate.tick(at: now))
    now = target
  }

  /// The instant to which an action leads; nil where that is not in the future, or too far.
  ///
  /// *Why always in place:* a call takes a copy of the world.
  @inline(__always)
  func target(of action: CountCompareAction) -> UInt64? {
    guard let target = candidate(of: action), target > now else { return nil }
    let wrap = ideal.rate.start(of: CountCompareIdeal.wrap)
    switch place {
    case .loading, .reading, .read:
      return target - hardware.time <= wrap / 4 ? target : nil
    case .hardware: return target
    case .software: break
    }
    // A write takes some ticks, and not a good part of a wrap.
    if compareWrite != nil, target - now > UInt64(ideal.rate.nanoseconds) { return nil }
    // How late a host may be, and how long it may stop Count.
    if ideal.isMasterDisabled, target - ideal.resumeTime > wrap / 4 * 5 { return nil }
    if let alarm = host.timer.alarm, target > alarm.nanoseconds + wrap / 4 * 5 { return nil }
    return target
  }

  @inline(__always)
  private func candidate(of action: CountCompareAction) -> UInt64? {
    let rate = ideal.rate
    switch action {
    case .toTickEnd: return rate.start(of: rate.tick(at: now) + 1) - 1
    case .toAlarm: return host.timer.alarm?.nanoseconds
    case .toJustBeforeAlarm: return host.timer.alarm.map { $0.nanoseconds - 1 }
    case .toQuarter where ideal.isDisabled:
      return now + rate.start(of: CountCompareIdeal.wrap / 4)
    default: break
    }
    // Behind a stopped Count the one that it will catch up with runs on.
    guard !ideal.isDisabled else { return nil }
    let running = ideal.isMasterDisabled ? ideal.unstopped(at: now) : ideal
    let next = running.nextMatch(after: now)
    let last = running.lastMatch(before: now)
    let tick = rate.tick(at: last)
    switch action {
    case .toMatch: return next
    case .toJustBeforeMatch: return next - 1
    case .toJustAfterMatch: return last + 1
    case .toTickAfterMatch: return rate.start(of: tick + 1)
    case .toQuarter: return rate.start(of: tick + CountCompareIdeal.wrap / 4)
    case .toJustBeforeHalf: return rate.start(of: tick + CountCompareIdeal.wrap / 2 - 1)
    case .toHalf: return rate.start(of: tick + CountCompareIdeal.wrap / 2)
    default: return nil
    }
  }

  /// Moves the present and Compare to where they always are.
  ///
  /// Time moves by whole periods of 10 ns, in which every rate has a whole number of ticks; so no
  /// rounding comes out differently. Counts move by as much as Compare does.
  mutating func normalise() {
    let past = (now - Self.present) / 10 * 10
    let shift = home &- ideal.compare
    host.timer.shift(at: instant, by: past, counts: shift)
    now -= past
    // Overwritten when the timer is taken back.
    if place != .software && place != .loading { host.timer.forgetRegisters() }
    ideal.count &+= shift
    ideal.compare = home
    ideal.resumeTime = ideal.isMasterDisabled ? ideal.resumeTime - past : 0
    moveHardware(past: past, shift: shift)
  }

  private mutating func moveHardware(past: UInt64, shift: UInt32) {
    switch place {
    case .software: return
    case .hardware: hardware = Hardware(isPending: hardware.isPending)
    case .loading, .reading:
      hardware.count &+= shift
      hardware.time -= past
    case .read:
      hardware.count &+= shift
      hardware.countAfter &+= shift
      hardware.time -= past
    }
  }

  /// Whether Count is where it matters, and has been stopped by the host for a time that matters.
  var isNearby: Bool {
    guard isNearQuarter(ideal.count &- ideal.compare, by: 2) else { return false }
    guard ideal.isMasterDisabled else { return true }
    let stopped = ideal.rate.tick(at: now) - ideal.rate.tick(at: ideal.resumeTime)
    return isNearQuarter(UInt32(truncatingIfNeeded: stopped), by: 3)
  }

  private func isNearQuarter(_ ticks: UInt32, by slack: UInt32) -> Bool {
    (ticks &+ slack) & ((1 << 30) - 1) <= 2 * slack
  }

  private static func words(count: UInt32, compare: UInt32) -> String {
    let distance = Int32(bitPattern: count &- compare)
    return "Count = Compare\(distance < 0 ? " - " : " + ")\(distance.magnitude)"
  }

  /// The state in words, Count by its distance from Compare.
  public var readout: Readout {
    let timer = host.timer
    var words = [Self.words(count: ideal.count, compare: ideal.compare)]
    if let context = compareWrite?.context {
      let state = Self.words(count: context.count, compare: context.compare)
      words.append("in hardware \(state)\(context.isPending ? " TI" : "")")
    }
    if ideal.isDisabled { words.append("DC") }
    if ideal.isMasterDisabled { words.append("stopped by the host") }
    switch place {
    case .software:
      if let alarm = timer.alarm {
        let distance = Int64(alarm.nanoseconds) - Int64(now)
        words.append("alarm \(distance < 0 ? "" : "+")\(distance) ns")
      } else {
        words.append("no alarm")
      }
    default: words.append("\(place)")
    }
    let line = place == .software ? timer.interruptLine : hardware.isPending
    return Readout(
      timer: words.joined(separator: ", "),
      controller: (line ? "TI" : "-")
        + (ideal.isPending == line ? "" : line ? " (not due)" : " due"))
  }
}
