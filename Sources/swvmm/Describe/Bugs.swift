import ArgumentParser
import BugMuseum
import Exploration
import JSON
import Measurement

/// `swvmm bugs`: the historic bugs and their stories.
struct Bugs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bugs",
    abstract: "List the historic bugs, or print the story of one.",
    discussion: """
      A story has where the bug was, what happened, how it showed, and the shortest schedule that loses by it, \
      with the commands that show it here. The texts are those of the source.
      """)

  @Argument(
    help: "A bug's id; without one, all are listed.", completion: .list(Museum.exhibits.map(\.id)))
  var id: String?

  @OptionGroup var output: ResultFormat

  func run() throws {
    guard let id else { return try list() }
    let exhibit = try namedBug(id)
    try publish(
      output.isJSON ? jsonDocument(.bug, Self.document(exhibit)) : Self.text(exhibit))
  }

  private func list() throws {
    if output.isJSON {
      let bugs = Museum.exhibits.map(Self.document)
      return try publish(jsonDocument(.bugs, ["bugs": .array(bugs)]))
    }
    var table = TextTable(.list)
    for exhibit in Museum.exhibits {
      table.append([exhibit.id, exhibit.model.name, exhibit.title])
    }
    try publish(table.text)
  }

  private static func text(_ exhibit: Exhibit) -> String {
    var commands = [
      "swvmm explore --bug \(exhibit.id)", "swvmm replay \(exhibit.replayString)",
    ]
    if let demonstration = exhibit.demonstration {
      let arguments = demonstration.arguments.isEmpty ? "" : " -- \(demonstration.arguments)"
      let cpus = demonstration.cpus > 1 ? " --cpus \(demonstration.cpus)" : ""
      commands.append(
        "swvmm run \(demonstration.guest) --clock virtual\(cpus) --bug \(exhibit.id)\(arguments)")
    }
    return """
      \(exhibit.id): \(Notes.bugs[exhibit.id]?.plain ?? exhibit.title)

      Model:    \(exhibit.model.name), \(exhibit.model.title)
      Breaks:   \(exhibit.property)
      Origin:   \(exhibit.origin)\(exhibit.isLiving ? "; not fixed, as far as is known" : "")

      To see it:
      \(commands.map { "  " + $0 }.joined(separator: "\n"))

      """
  }

  private static func document(_ exhibit: Exhibit) -> JSONValue {
    [
      "id": .string(exhibit.id), "title": .string(exhibit.title),
      "story": .string(Notes.bugs[exhibit.id]?.plain ?? ""), "origin": .string(exhibit.origin),
      "living": .bool(exhibit.isLiving), "model": .string(exhibit.model.name),
      "property": .string(exhibit.property), "replay": .string("\(exhibit.replayString)"),
      "guest": exhibit.demonstration.map { .string($0.guest) } ?? .null,
    ]
  }
}
