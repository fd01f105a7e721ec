/// A share that an option takes, in whole percent (``ValueGrammar``).
struct Percentage: CustomStringConvertible, Sendable {
  let value: Int

  static func parse(_ text: String) throws -> Self {
    Self(value: Int(try ValueGrammar.share.value(of: text, in: 0...100, "from 0% to 100%")))
  }

  var description: String { "\(value)%" }
}
