import ArgumentParser
import Experiments
import JSON

/// How a result is written.
struct ResultFormat: ParsableArguments {
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  @Option(help: "text, or json: one document.")
  var format = Format.text

  @Flag(help: "The same as --format json.")
  var json = false

  var isJSON: Bool { json || format == .json }
}

/// A JSON document: what it is and who wrote it come first.
///
/// - Parameters:
///   - schema: What kind of document it is: `swvmm-` and the command's name. Its version is 1 for all so far.
///   - members: What it has.
/// - Returns: The document's text.
func jsonDocument(_ schema: String, _ members: [JSONValue.Member]) -> String {
  let head: [JSONValue.Member] = [
    .init("schema", .string("swvmm-" + schema)), .init("version", 1),
    .init("program", Version.json), .init("provenance", Provenance.current.json),
  ]
  return JSONValue.object(head + members).text(.pretty) + "\n"
}

/// The same of a value that is an object.
func jsonDocument(_ schema: String, _ value: JSONValue) -> String {
  guard case .object(let members) = value else { preconditionFailure("\(schema) is no object") }
  return jsonDocument(schema, members)
}
