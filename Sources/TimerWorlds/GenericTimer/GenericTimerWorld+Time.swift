public import Exploration
internal import TimerModels

// Time: the instants that matter, and what makes the space of states finite.

extension GenericTimerWorld {
  /// How far away a deadline is that no thread waits for.
  static var farTicks: UInt64 { 1 << 32 }

  /// How much time passes.
  public func duration(of action: GenericTimerAction) -> UInt64 {
    guard action.actor == .time, let target = target(of: action) else { return 0 }
    return target - now
  }

  mutating func pass(by action: GenericTimerAction) -> Step {
    guard let target = target(of: action) else { return .impossible }
    now = target
    return .done
  }

  private func target(of action: GenericTimerAction) -> UInt64? {
    let armed = host.parts.armed?.nanoseconds
    let target: UInt64? =
      switch action {
      case .toDeadline: ideal.nextDeadline(after: now)
      case .toJustBeforeDeadline: ideal.nextDeadline(after: now).map { $0 - 1 }
      case .toNextTick: now / GenericTimerIdeal.tickNanoseconds * 2 + 2
      case .toAlarm: armed
      default: armed.map { $0 - 1 }
      }
    guard let target, target > now, target - now < Self.farTicks else { return nil }
    return target
  }

  /// Moves the present back by whole ticks, and with it all that refers to it.
  mutating func normalise() {
    let past = (now - Self.present) / 2 * 2
    let ticks = past / GenericTimerIdeal.tickNanoseconds
    now -= past
    ideal.virtual.compare = relative(ideal.virtual.compare, ticks, .virtual)
    ideal.physical.compare = relative(ideal.physical.compare, ticks, .physical)
    move(&host.parts.timer.registers, by: ticks)
    if var saved = savedTimer {
      move(&saved, by: ticks)
      savedTimer = saved
    }
    host.parts.timer.alarm = relative(host.parts.timer.alarm, past)
    host.parts.armed = relative(host.parts.armed, past)
    if !host.parts.isRunning {
      stoppedCounter = max(stoppedCounter - ticks, ideal.virtualCount(now) - 4)
    }
  }

  private func move(_ registers: inout GenericTimerRegisters, by ticks: UInt64) {
    for channel in GenericTimerChannel.allCases {
      registers[channel].compareValue = relative(
        registers[channel].compareValue, ticks, channel)
    }
  }

  /// A compare value after the present has been moved back.
  private func relative(
    _ compare: UInt64, _ ticks: UInt64, _ channel: GenericTimerChannel
  ) -> UInt64 {
    let count =
      channel == .virtual
      ? ideal.virtualCount(now) : GenericTimerIdeal.physicalCount(now)
    // The last of all: as far as ever.
    if compare == .max { return compare }
    // Before the origin of counts: long met.
    guard compare >= ticks else { return count - 3 }
    let moved = compare - ticks
    if moved > count { return moved - count > 1 << 16 ? count + Self.farTicks : moved }
    return max(moved, count - 3)
  }

  /// An alarm after the present has been moved back.
  private func relative(_ alarm: Instant?, _ past: UInt64) -> Instant? {
    guard let alarm else { return nil }
    let moved = alarm.nanoseconds - past
    guard moved > now + 1 << 17 else {
      return Instant(nanoseconds: max(moved, now - 6))
    }
    let far = GenericTimerIdeal.physicalCount(now) + Self.farTicks
    return Instant(nanoseconds: far * GenericTimerIdeal.tickNanoseconds)
  }

  /// The state in words, the compare value by its distance from the count.
  public var readout: Readout {
    let parts = host.parts
    var words = [channel("v", .virtual, ideal.virtualCount(now))]
    if parts.timer.registers.physical.control.contains(.enable) {
      words.append(channel("p", .physical, GenericTimerIdeal.physicalCount(now)))
    }
    if let armed = parts.armed {
      let distance = Int64(armed.nanoseconds) - Int64(now)
      words.append("host timer \(distance < 0 ? "" : "+")\(distance) ns")
    }
    if isBlocked { words.append("waiting") }
    if !parts.isRunning { words.append("stopped") }
    if isRestoring { words.append("restoring") }
    return Readout(timer: words.joined(separator: ", "), controller: controllerWords)
  }

  private func channel(_ name: String, _ channel: GenericTimerChannel, _ count: UInt64) -> String {
    let registers = host.parts.timer.registers[channel]
    let distance = Int64(registers.compareValue) - Int64(count)
    let state =
      registers.control.canFire ? "on" : registers.control.contains(.enable) ? "masked" : "off"
    return "\(name) \(state) CVAL = CNT\(distance < 0 ? " - " : " + ")\(distance.magnitude)"
  }

  private var controllerWords: String {
    let bank = host.parts.controller.state.cpus[0].bank
    var words: [String] = []
    for id in [27, 30] {
      let bits = [("line", bank.line), ("latch", bank.latched), ("active", bank.active)]
      let set = bits.filter { $0.1 >> id & 1 == 1 }.map(\.0)
      if !set.isEmpty { words.append("\(id) \(set.joined(separator: "+"))") }
    }
    let isInterrupted = host.parts.controller.irqOutput(cpu: 0)
    if isInterrupted { words.append("IRQ") }
    if let due = ideal.due(at: now), !isInterrupted { words.append("(\(due) due)") }
    if ideal.due(at: now) == nil, isInterrupted { words.append("(nothing due)") }
    return words.isEmpty ? "-" : words.joined(separator: ", ")
  }
}
