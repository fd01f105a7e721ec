import Exploration
import JSON

extension SearchReport {
  /// The report as a JSON object; `property` and `schedule` are null where nothing was broken.
  var json: JSONValue {
    [
      "end": .string(end.rawValue), "property": property.map { .string($0) } ?? nil,
      "schedule": property == nil ? nil : .array(schedule.map { .string($0) }),
      "states": JSONValue(states), "transitions": JSONValue(transitions),
      "depth": JSONValue(depth), "bytesPerState": JSONValue(bytesPerState),
    ]
  }
}
