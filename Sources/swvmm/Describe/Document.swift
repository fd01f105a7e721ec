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
  jsonText(documentValue(schema, members))
}

/// The same as a value.
func documentValue(_ schema: String, _ members: [JSONValue.Member]) -> JSONValue {
  let head: [JSONValue.Member] = [
    .init("schema", .string("swvmm-" + schema)), .init("version", 1),
    .init("program", Version.json), .init("provenance", Provenance.current.json),
  ]
  return .object(head + members)
}

/// A document's text.
func jsonText(_ document: JSONValue) -> String { document.text(.pretty) + "\n" }

/// The same of a value that is an object.
func jsonDocument(_ schema: String, _ value: JSONValue) -> String {
  jsonText(documentValue(schema, value))
}

/// The same as a value.
func documentValue(_ schema: String, _ value: JSONValue) -> JSONValue {
  guard case .object(let members) = value else { preconditionFailure("\(schema) is no object") }
  return documentValue(schema, members)
}
