/// An element of an XML 1.0 document, read strictly by the specification's rules, as far as documents
/// without a DTD need them.
public struct XMLElement: Sendable {
  /// Why a text is not a well-formed document.
  public struct Malformed: Error {
    /// What is wrong, and the characters from there.
    public let problem: String
  }

  /// The name.
  public var name: String
  /// The attributes.
  public var attributes: [String: String] = [:]
  /// The elements in it.
  public var children: [XMLElement] = []
  /// All text in it that is not its children's.
  public var text = ""

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - document: The text.
  ///   - voidElements: Names of elements that have no end tag, as HTML's `meta`.
  /// - Throws: ``Malformed`` for the first thing that the specification does not allow.
  public init(_ document: String, voidElements: Set<String> = []) throws {
    var reader = Reader(rest: Array(document.unicodeScalars)[...], voidElements: voidElements)
    // Char, production 2.
    for scalar in document.unicodeScalars {
      switch scalar.value {
      case 0x9, 0xa, 0xd, 0x20...0xd7ff, 0xe000...0xfffd, 0x10000...0x10ffff: break
      default: throw Malformed(problem: "the character \(scalar.value)")
      }
    }
    if reader.take("<?xml version=\"1.0\" encoding=\"UTF-8\"?>") || reader.take("<!DOCTYPE html>") {
    }
    reader.skipSpace()
    self = try reader.element()
    reader.skipSpace()
    guard reader.rest.isEmpty else { throw reader.malformed("more than one root") }
  }

  fileprivate init(name: String) { self.name = name }
}

private struct Reader {
  var rest: ArraySlice<Unicode.Scalar>
  let voidElements: Set<String>

  func malformed(_ problem: String) -> XMLElement.Malformed {
    var start = String.UnicodeScalarView()
    start.append(contentsOf: rest.prefix(60))
    return XMLElement.Malformed(problem: "\(problem): \(String(start))")
  }

  mutating func take(_ text: String) -> Bool {
    guard rest.starts(with: text.unicodeScalars) else { return false }
    rest = rest.dropFirst(text.unicodeScalars.count)
    return true
  }

  mutating func skipSpace() { rest = rest.drop { " \t\r\n".unicodeScalars.contains($0) } }

  mutating func name() throws -> String {
    let scalars = rest.prefix {
      $0.properties.isAlphabetic || "_:-.0123456789".unicodeScalars.contains($0)
    }
    guard let first = scalars.first, first.properties.isAlphabetic || first == "_" else {
      throw malformed("a name is expected")
    }
    rest = rest.dropFirst(scalars.count)
    var name = String.UnicodeScalarView()
    name.append(contentsOf: scalars)
    return String(name)
  }

  mutating func element() throws -> XMLElement {
    guard take("<") else { throw malformed("an element is expected") }
    var element = XMLElement(name: try name())
    while true {
      let before = rest.count
      skipSpace()
      if take("/>") { return element }
      if take(">") { break }
      guard rest.count < before else { throw malformed("a space is expected") }
      let name = try name()
      guard take("=\"") else { throw malformed("a value in quotes is expected") }
      let value = try text(until: "\"")
      guard element.attributes.updateValue(value, forKey: name) == nil else {
        throw malformed("the attribute \(name) twice")
      }
      guard take("\"") else { throw malformed("the value does not end") }
    }
    if voidElements.contains(element.name) { return element }
    while true {
      element.text += try text(until: "<")
      if take("</") {
        guard try name() == element.name else { throw malformed("not the end of \(element.name)") }
        skipSpace()
        guard take(">") else { throw malformed("the tag does not end") }
        return element
      }
      element.children.append(try self.element())
    }
  }

  /// Character data or a value: no `<`, no `]]>`, and `&` in references alone.
  mutating func text(until end: Unicode.Scalar) throws -> String {
    var text = String.UnicodeScalarView()
    while let scalar = rest.first, scalar != end {
      if scalar == "<" { throw malformed("<") }
      if take("]]>") { throw malformed("]]>") }
      if scalar == "&" {
        let references: KeyValuePairs<String, Unicode.Scalar> = [
          "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": "\"", "&apos;": "'",
        ]
        guard let reference = references.first(where: { rest.starts(with: $0.key.unicodeScalars) })
        else {
          throw malformed("a reference")
        }
        _ = take(reference.key)
        text.append(reference.value)
      } else {
        // Attribute-value normalization: what was a newline would be read as a space.
        if end == "\"" && "\t\r\n".unicodeScalars.contains(scalar) {
          throw malformed("a newline in a value")
        }
        text.append(scalar)
        rest = rest.dropFirst()
      }
    }
    guard !rest.isEmpty else { throw malformed("the text does not end") }
    return String(text)
  }
}
