import VMM

/// A size of RAM as people write it.
struct MemorySize: CustomStringConvertible, Sendable {
  let bytes: Int

  /// Reads a size that a machine can have.
  static func parse(_ text: String) throws -> Self {
    let range = MachineConfiguration.memorySizes
    let bytes = try ValueGrammar.size.value(
      of: text, in: UInt64(range.lowerBound)...UInt64(range.upperBound), "from 1M to 3328M")
    return Self(bytes: Int(bytes))
  }

  var description: String { ValueGrammar.size.text(of: UInt64(bytes)) }
}
