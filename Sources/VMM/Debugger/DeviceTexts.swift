internal import GuestImages
internal import TimerModels

/// What devices hold, for a person.
extension CP0Page {
  func text(at now: Instant) -> String {
    // A read of Count may set Cause.TI, and is not to: so it is read from a copy.
    var copy = self
    let count = copy.countReading(at: now).count
    let state = timer.state
    return "Count \(hex(count)), Compare \(hex(state.compare)), "
      + "Cause \(hex(state.cause.rawValue)), Status \(hex(status.rawValue)), "
      + "\(state.frequency.hertz) Hz, line \(interruptLine ? "high" : "low"), "
      + (state.isMasterDisabled ? "frozen, " : "") + alarmText(alarm)
  }
}

extension GenericTimerPage {
  func text(at now: Instant) -> String {
    let registers = timer.registers
    let channels = GenericTimerChannel.allCases.map { channel in
      "\(channel) CTL \(hex(timer.read(at: now, .control(channel)))), "
        + "CVAL \(hex(registers[channel].compareValue)), "
        + "count \(hex(timer.read(at: now, .counter(channel))))"
    }
    let lines = hex(lineLevels)
    return channels.joined(separator: "; ")
      + "; \(registers.frequency.hertz) Hz, lines \(lines), \(alarmText(alarm))"
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
