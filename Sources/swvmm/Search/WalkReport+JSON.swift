import Exploration
import JSON

extension WalkReport {
  /// The report's members; `property` and `schedule` are null where nothing was broken.
  func members(_ model: String) -> [JSONValue.Member] {
    [
      .init("model", .string(model)), .init("seed", .string("\(seed)")),
      .init("shard", .string("\(shard)")), .init("walks", JSONValue(walks)),
      .init("actions", JSONValue(actions)),
      .init("property", property.map { .string($0) } ?? nil),
      .init("schedule", property == nil ? nil : .array(schedule.map { .string($0) })),
    ]
  }
}
