import Exploration
import JSON
import Measurement

/// What a search of a model goes through: `swvmm explore MODEL --describe`.
struct ModelDescription {
  private let model: NamedWorld

  init(_ model: NamedWorld) { self.model = model }

  /// The name under which the model's notes stand.
  private var family: String {
    let families = [
      "count-compare": "CountCompare", "generic-timer": "GenericTimer",
      "gic": "InterruptController", "tsc": "TSC", "host-timer": "HostTimer", "rates": "Rate",
    ]
    return families.first { model.name.hasPrefix($0.key) }?.value ?? ""
  }

  private var properties: [(name: String, text: String)] {
    Notes.properties.compactMap { note in
      let words = note.name.split(separator: ":")
      return words.count == 2 && words[0] == family ? (String(words[1]), note.plain) : nil
    }
  }

  var text: String {
    var actions = ""
    for actor in Actor.allCases {
      let words = model.world.actions.filter { $0.actor == actor }.map(\.word)
      guard !words.isEmpty else { continue }
      let head = actor.rawValue + String(repeating: " ", count: 7 - actor.rawValue.count)
      actions += wordLines(words, after: "  \(head)")
    }
    let notes = Self.words(of: Notes.actions[family]?.plain ?? "")
    if !notes.isEmpty { actions += "\n" + wordLines(notes, after: "") }
    var table = TextTable(.list)
    for property in properties { table.append(["  " + property.name, property.text]) }
    return """
      \(model.name): \(model.title)

      Actions, the words of a replay string, by who acts:

      \(actions)
      Properties, which no state may break:

      \(table.text)
      Bounds: \(bounds); --depth, --states and --timeout set others.

      "held in every state": the search saw every state that schedules of these actions reach, and none of
      them breaks a property. "held as far as it was searched" names the bound that came first.

      """
  }

  private var bounds: String {
    model.depth == .max
      ? "schedules of any length, until every state was seen"
      : "schedules of at most \(counted(model.depth, "action"))"
  }

  /// The words of all but the first paragraph, which says what the type is.
  private static func words(of text: String) -> [String] {
    let parts = text.split(separator: "\n\n", maxSplits: 1)
    return parts.count < 2 ? [] : parts[1].split { $0 == " " || $0 == "\n" }.map(String.init)
  }

  var json: JSONValue {
    [
      "model": .string(model.name), "title": .string(model.title),
      "depth": model.depth == .max ? .null : .integer(Int64(model.depth)),
      "actions": .array(
        model.world.actions.map {
          ["word": .string($0.word), "actor": .string($0.actor.rawValue)]
        }),
      "properties": .array(
        properties.map { ["name": .string($0.name), "text": .string($0.text)] }),
    ]
  }
}
