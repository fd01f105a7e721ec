internal import JSON
internal import TerminalText

extension HTMLReport {
  /// The most settings that get a column each; this program's results have fewer.
  private static let columnCountMax = 32

  /// The settings of the series.
  var settings: String {
    attributes(
      result.series.map(\.configuration), of: "series",
      named: result.series.indices.map(mark))
  }

  /// Where the series come from.
  var sources: String {
    let names = result.sources.enumerated().map { index, source in
      "\(index + 1)" + (source.file.map { ". \($0.markup)" } ?? "")
    }
    let title = result.sources.count == 1 && result.sources[0].file != nil ? names : []
    return title.map { "<h3>\($0)</h3>\n" }.joined()
      + attributes(result.sources.map(\.host), of: "source", named: names)
  }

  /// What all have in common as a list, and the rest as a table.
  ///
  /// *Why not always a table:* its cells are as many as rows times attributes, and a file may have
  /// thousands of both. Beyond ``columnCountMax`` each row gets its own list.
  private func attributes(
    _ rows: [[JSONValue.Member]], of what: String, named titles: [String]
  ) -> String {
    var names: [String] = []
    var values: [String: [JSONValue]] = [:]
    for attribute in rows.joined() {
      if values[attribute.name] == nil { names.append(attribute.name) }
      values[attribute.name, default: []].append(attribute.value)
    }
    // A row without an attribute has null there.
    let common = values.compactMapValues { values in
      let isEverywhere = values.count == rows.count || values.first == .null
      return isEverywhere && Set(values).count == 1 ? values.first : nil
    }
    let differing = names.filter { common[$0] == nil }
    let list = list(names.compactMap { name in common[name].map { .init(name, $0) } })
    guard !differing.isEmpty else { return list }
    guard differing.count <= Self.columnCountMax else {
      let lists = zip(titles, rows).map { title, row in
        title + self.list(row.filter { common[$0.name] == nil })
      }
      return lists.joined() + list
    }
    let known = rows.map { row in
      Dictionary(row.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
    return table(
      [what] + differing.map(\.markup),
      zip(titles, known).map { title, row in
        [title] + differing.map { Self.text(row[$0] ?? .null) }
      }) + list
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
