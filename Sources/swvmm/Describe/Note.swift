/// A text that stands in the sources, and is shown by commands as well as by the documentation.
struct Note: Sendable {
  let name: String
  let text: String

  init(_ name: String, _ text: String) {
    self.name = name
    self.text = text
  }

  /// The text as a terminal shows it, without the marks that documentation needs.
  var plain: String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(Self.plain).joined(
      separator: "\n")
  }

  private static func plain(_ line: Substring) -> String {
    var line = String(line.replacing("``", with: "`"))
    // `*Where:* KVM` is `Where: KVM`.
    while let start = line.firstIndex(of: "*"),
      let end = line[line.index(after: start)...].firstIndex(of: "*"),
      line.index(after: start) < end, line[line.index(before: end)] != " "
    {
      line.remove(at: end)
      line.remove(at: start)
    }
    return line
  }
}

extension [Note] {
  subscript(_ name: String) -> Note? { first { $0.name == name } }
}
