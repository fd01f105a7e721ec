internal import GuestImages
internal import TimerModels

/// What devices hold, for a person.
extension CP0Page {
  func text(at now: Instant) -> String {
    // A read of Count may set Cause.TI, and is not to: so it is read from a copy.
    var copy = self
    let (count, hertz) = copy.countReading(at: now)
    let isFrozen = copy.isFrozen(at: now)
    return "Count \(hex(count)), Compare \(hex(timer.compare)), "
      + "Cause \(hex(timer.cause.rawValue)), Status \(hex(status.rawValue)), "
      + "\(hertz) Hz, line \(interruptLine ? "high" : "low"), "
      + (isFrozen ? "frozen, " : "") + alarmText(alarm)
  }
}

extension GenericTimerPage {
  func text(at now: Instant) -> String {
    let channels = GenericTimerChannel.allCases.map { channel in
      "\(channel) CTL \(hex(timer.read(at: now, .control(channel)))), "
        + "CVAL \(hex(timer.read(at: now, .compareValue(channel)))), "
        + "count \(hex(timer.read(at: now, .counter(channel))))"
    }
    let lines = hex(lineLevels)
    return channels.joined(separator: "; ")
      + "; \(timer.read(at: now, .frequency)) Hz, lines \(lines), \(alarmText(alarm))"
  }
}

extension InterruptControllerState {
  /// The distributor and each CPU's interface.
  var text: String {
    var text = "distributor: \(isForwarding ? "on" : "off"), 32 to 63: \(shared.text)\n"
    for cpu in 0..<cpuCount {
      let state = cpus[cpu]
      text +=
        "CPU \(cpu): \(state.isEnabled ? "on" : "off"), "
        + "PMR \(hex(state.priorityMask)), BPR \(state.binaryPoint), "
        + "acknowledged \(hex(state.acknowledged)), 0 to 31: \(state.bank.text)\n"
    }
    return text
  }
}

extension InterruptBank {
  fileprivate var text: String {
    "enabled \(hex(enabled)), line \(hex(line)), latched \(hex(latched)), "
      + "active \(hex(active)), edge \(hex(edge))"
  }
}

private func alarmText(_ alarm: Instant?) -> String {
  alarm.map { "alarm at \($0.nanoseconds) ns" } ?? "no alarm"
}
