import Exploration
import JSON

extension Replay {
  /// The steps and the verdict as a JSON object.
  var json: JSONValue {
    ["verdict": .string("\(verdict)"), "steps": .array(rows.map(\.json))]
  }
}

extension Replay.Row {
  /// The row as a JSON object.
  fileprivate var json: JSONValue {
    [
      "nanoseconds": JSONValue(time), "actor": actor.map { .string($0.rawValue) } ?? nil,
      "action": .string(action), "timer": .string(readout.timer),
      "controller": .string(readout.controller),
    ]
  }
}
