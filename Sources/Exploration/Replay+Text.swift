public import JSON

extension Replay {
  /// The steps in columns: who did what, at which nanosecond, and what came of it.
  public var text: String {
    let header = ["ns", "time", "guest", "host", "timer", "controller"]
    let lines = rows.map { row in
      [
        "\(row.time)", row.word(of: .time), row.word(of: .guest), row.word(of: .host),
        row.readout.timer, row.readout.controller,
      ]
    }
    let widths = header.indices.map { column in
      ([header] + lines).map { $0[column].count }.max() ?? 0
    }
    let text = ([header] + lines).map { line in
      let cells = line.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - line[column].count)
        // Numbers to the right.
        return column == 0 ? gap + line[column] : line[column] + gap
      }
      let joined = cells.joined(separator: "  ")
      return String(joined.reversed().drop { $0 == " " }.reversed()) + "\n"
    }
    return text.joined()
  }

  /// The steps and the verdict as a JSON object.
  public var json: JSONValue {
    ["verdict": .string("\(verdict)"), "steps": .array(rows.map(\.json))]
  }
}

extension Replay.Verdict: CustomStringConvertible {
  /// `held`, `broken: PROPERTY` or `impossible: ACTION`.
  public var description: String {
    switch self {
    case .held: "held"
    case .violated(let property): "broken: \(property)"
    case .impossible(let action): "impossible: \(action)"
    }
  }
}

extension Replay.Row {
  /// The action's word, if it is this one's.
  fileprivate func word(of actor: Actor) -> String { actor == self.actor ? action : "" }

  /// The row as a JSON object.
  public var json: JSONValue {
    [
      "nanoseconds": JSONValue(time), "actor": actor.map { .string($0.rawValue) } ?? nil,
      "action": .string(action), "timer": .string(readout.timer),
      "controller": .string(readout.controller),
    ]
  }
}

extension SearchReport {
  /// What ended the search, and how much it saw, in a line without an end.
  public var summary: String {
    let reason =
      switch end {
      case .exhausted: "held in every state (exhausted)"
      case .depth: "held in every state that \(depth) actions lead to (depth)"
      case .states: "held as far as it was searched (states)"
      case .seconds: "held as far as it was searched (seconds)"
      case .interrupted: "held as far as it was searched (interrupted)"
      case .violation: "broken: \(property ?? "")"
      }
    return "\(reason); \(states) states, \(transitions) transitions, depth \(depth), "
      + "\(bytesPerState) bytes a state"
  }

  /// The report as a JSON object; `property` and `schedule` are null where nothing was broken.
  public var json: JSONValue {
    [
      "end": .string(end.rawValue), "property": property.map { .string($0) } ?? nil,
      "schedule": property == nil ? nil : .array(schedule.map { .string($0) }),
      "states": JSONValue(states), "transitions": JSONValue(transitions),
      "depth": JSONValue(depth), "bytes_per_state": JSONValue(bytesPerState),
    ]
  }
}
