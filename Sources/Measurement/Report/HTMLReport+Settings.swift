internal import JSON
internal import TerminalText

extension HTMLReport {
  /// The most settings that get a column each; this program's results have fewer.
  private static let columnCountMax = 32

  /// What all series have in common as a list, and the rest as a table.
  ///
  /// *Why not always a table:* its cells are as many as series times settings, and a file may have
  /// thousands of both. Beyond ``columnCountMax`` each series gets a list of its own.
  var settings: String {
    var names: [String] = []
    var values: [String: [JSONValue]] = [:]
    for setting in result.series.flatMap(\.configuration) {
      if values[setting.name] == nil { names.append(setting.name) }
      values[setting.name, default: []].append(setting.value)
    }
    // A series without a setting has null there.
    let common = values.compactMapValues { values in
      let isEverywhere = values.count == result.series.count || values.first == .null
      return isEverywhere && Set(values).count == 1 ? values.first : nil
    }
    let differing = names.filter { common[$0] == nil }
    let list = list(names.compactMap { name in common[name].map { .init(name, $0) } })
    guard !differing.isEmpty else { return list }
    guard differing.count <= Self.columnCountMax else {
      let lists = result.series.enumerated().map { index, series in
        mark(index) + self.list(series.configuration.filter { common[$0.name] == nil })
      }
      return lists.joined() + list
    }
    let rows = result.series.map { series in
      Dictionary(
        series.configuration.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    return table(
      ["series"] + differing.map(\.markup),
      result.series.indices.map { index in
        [mark(index)] + differing.map { Self.text(rows[index][$0] ?? .null) }
      }) + list
  }

  /// A list a source.
  var hosts: String {
    result.sources.enumerated().map { index, source in
      let title = source.file.map { "<h3>\(index + 1). \($0.markup)</h3>\n" } ?? ""
      return title + list(source.host)
    }.joined()
  }

  private func list(_ settings: [JSONValue.Member]) -> String {
    let entries = settings.map {
      "<dt>\($0.name.markup)</dt><dd>\(Self.text($0.value))</dd>\n"
    }
    return "<dl>\n\(entries.joined())</dl>\n"
  }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: absent
    case .string(let text): text.markup
    default: value.text().markup
    }
  }
}
