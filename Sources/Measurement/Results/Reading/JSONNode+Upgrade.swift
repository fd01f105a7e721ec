internal import JSON

/// Results of the first version of the schema, which named no units.
extension JSONNode {
  private static let namesOfOld = [
    "min": "minNanoseconds", "mean": "meanNanoseconds", "max": "maxNanoseconds",
    "sum": "sumNanoseconds", "p50": "p50Nanoseconds", "p90": "p90Nanoseconds",
    "p99": "p99Nanoseconds", "p99.9": "p999Nanoseconds", "elapsed": "elapsedNanoseconds",
    "busy": "busyNanoseconds", "spinning": "spinningNanoseconds", "start": "startNanoseconds",
    "duration": "durationNanoseconds",
  ]

  /// A result of version 1 as version 2 has it; its places stay.
  ///
  /// What people named, settings and hosts, stays as it is. A member whose new name is there already keeps its old one,
  /// which no reader expects.
  var upgraded: JSONNode {
    var node = self
    switch content {
    case .array(let elements): node.content = .array(elements.map(\.upgraded))
    case .object(let members):
      let names = Set(members.map(\.name))
      let count = self["count"]?.content
      node.content = .object(
        members.map { member in
          if ["configuration", "host"].contains(member.name) { return member }
          var new = member
          new.node = member.node.upgraded
          let name = member.node.newName(of: member.name)
          if !names.contains(name) { new.name = name }
          new.node.content = new.node.newContent(of: member.name, in: count)
          return new
        })
    default: break
    }
    return node
  }

  /// What a member with this value is called now.
  private func newName(of name: String) -> String {
    if name == "latency", case .integer = content { return "latencyNanoseconds" }
    return Self.namesOfOld[name] ?? name
  }

  /// What the value of a member is now, in a distribution of so many values.
  private func newContent(of name: String, in count: Content?) -> Content {
    switch (name, content) {
    case ("version", _): return .integer(Int64(MeasurementResult.schemaVersion))
    case ("sum", .integer(let sum)): return .string("\(sum)")
    default: break
    }
    guard case .integer(let count)? = count, let percentile = Percentile(rawValue: name),
      !percentile.isKnown(of: UInt64(clamping: count))
    else { return content }
    return .null
  }
}
