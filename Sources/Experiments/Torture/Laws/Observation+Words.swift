extension Observation {
  /// What was seen, in the order of time: microseconds from the mark `ready`'s successor on, and what it was.
  public var lines: [String] {
    let start = events.first?.time ?? 0
    var moments = events.map { event in
      (event.time, "\(event.kind)" + (event.number > 0 ? " \(event.number)" : ""))
    }
    moments += raises.map { ($0, "raised by the host") }
    if let first = samples.first?.clock {
      moments += samples.map { ($0.time, "clock \(($0.clock - first) / 1000) us") }
    }
    if let released { moments.append((released, "held until the deadline had passed")) }
    if let outside {
      moments += [
        (outside.stopped, "stopped at the boundary"), (outside.saving, "first get"),
        (outside.restored, "last set done"), (outside.resumed, "entered again"),
      ]
    }
    moments.append((endTime, "\(end)"))
    return moments.sorted { $0.0 < $1.0 }.map { time, what in
      let microseconds = String((time - min(time, start)) / 1000)
      return String(repeating: " ", count: max(0, 8 - microseconds.count))
        + "\(microseconds) us  \(what)"
    }
  }
}
