internal import JSON

extension HTMLReport {
  /// What all series have in common as a list, and the rest as a table.
  var settings: String {
    var names: [String] = []
    for name in result.series.flatMap(\.configuration).map(\.name) where !names.contains(name) {
      names.append(name)
    }
    let common = names.filter { name in
      Set(result.series.map { $0.setting(name) }).count == 1
    }
    let differing = names.filter { !common.contains($0) }
    let first = result.series.first
    let list = list(common.map { .init($0, first?.setting($0) ?? .null) })
    guard !differing.isEmpty else { return list }
    return table(
      ["series"] + differing.map(Self.escaped),
      result.series.indices.map { index in
        [mark(index)] + differing.map { Self.text(result.series[index].setting($0)) }
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
