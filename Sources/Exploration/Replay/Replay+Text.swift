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
}
