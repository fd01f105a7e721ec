internal import JSON

extension HTMLReport {
  /// What all series have in common as a list, and the rest as a table.
  var settings: String {
    var seen: Set<String> = []
    let names = result.series.flatMap(\.configuration).map(\.name).filter {
      seen.insert($0).inserted
    }
    let values = result.series.map { series in
      Dictionary(
        series.configuration.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    let differing = names.filter { name in Set(values.map { $0[name] ?? .null }).count > 1 }
    let different = Set(differing)
    let list = list(
      names.filter { !different.contains($0) }.map { .init($0, values.first?[$0] ?? .null) })
    guard !differing.isEmpty else { return list }
    return table(
      ["series"] + differing.map(Self.escaped),
      result.series.indices.map { index in
        [mark(index)] + differing.map { Self.text(values[index][$0] ?? .null) }
      }) + list
  }

  /// A list a source.
  var hosts: String {
    result.sources.enumerated().map { index, source in
      let title = source.file.map { "<h3>\(index + 1). \(Self.escaped($0))</h3>\n" } ?? ""
      return title + list(source.host)
    }.joined()
  }

  private func list(_ settings: [JSONValue.Member]) -> String {
    let entries = settings.map {
      "<dt>\(Self.escaped($0.name))</dt><dd>\(Self.text($0.value))</dd>\n"
    }
    return "<dl>\n\(entries.joined())</dl>\n"
  }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: absent
    case .string(let text): escaped(text)
    default: escaped(value.text())
    }
  }
}
