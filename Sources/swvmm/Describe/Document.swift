import ArgumentParser
import Experiments
import JSON

/// A kind of JSON document that commands print, each with its own schema (<doc:Documents>).
///
/// The measurement's is `MeasurementResult`'s.
enum DocumentKind: String, CaseIterable {
  case bug, bugs, comparison, conform, explore, image, images, injection, kut, model, models, probe
  case regress, replay, run, shard, tests, torture, tsc, walk
  case deviceCheck = "device-check"

  /// What a document says that it is.
  var schema: String { "swvmm-" + rawValue }

  /// It changes where a reader of the version before would misread a document; what is added changes nothing.
  var version: Int {
    switch self {
    case .comparison, .conform, .run, .tsc: 2
    default: 1
    }
  }

  /// What documents begin with: what they are, who wrote them, and where.
  var head: [JSONValue.Member] {
    [
      .init("schema", .string(schema)), .init("version", JSONValue(version)),
      .init("program", Version.json), .init("provenance", Provenance.current.json),
    ]
  }
}

/// A JSON document: what it is and who wrote it come first.
///
/// - Parameters:
///   - kind: What kind of document it is.
///   - members: What it has.
/// - Returns: The document's text.
func jsonDocument(_ kind: DocumentKind, _ members: [JSONValue.Member]) -> String {
  jsonText(documentValue(kind, members))
}

/// The same as a value.
func documentValue(_ kind: DocumentKind, _ members: [JSONValue.Member]) -> JSONValue {
  .object(kind.head + members)
}

/// A document's text.
func jsonText(_ document: JSONValue) -> String { document.text(.pretty) + "\n" }

/// The same of a value that is an object.
func jsonDocument(_ kind: DocumentKind, _ value: JSONValue) -> String {
  jsonText(documentValue(kind, value))
}

/// The same as a value.
func documentValue(_ kind: DocumentKind, _ value: JSONValue) -> JSONValue {
  guard case .object(let members) = value else {
    preconditionFailure("\(kind.rawValue) is not an object")
  }
  return documentValue(kind, members)
}
