/// The words that scripts for one architecture may use, beyond the verbs that all share.
///
/// A parsed script holds words of these types only, so a machine need not fear any other.
public protocol ConformanceVocabulary: Sendable {
  /// What `read` reads.
  associatedtype Source: ConformanceWord
  /// What an expression can name.
  associatedtype Register: ConformanceWord
  /// What `write` writes.
  associatedtype Destination: ConformanceWord
  /// What `set` sets.
  associatedtype Flag: ConformanceWord
  /// What `bracket` and `blind` sample.
  associatedtype Sample: ConformanceWord
  /// What `handler` names.
  associatedtype Handler: ConformanceWord

  /// The model's name on a command line.
  static var name: String { get }
  /// Arithmetic is modulo 2 to this power: 32 or 64.
  static var wordBits: Int { get }
  /// Whether `sleep` is a verb.
  static var hasSleep: Bool { get }
  /// What the verb `sgi` writes to, which `write` cannot name; nil when `sgi` is not a verb.
  static var softwareInterrupt: Destination? { get }
}

extension ConformanceVocabulary {
  /// The bits that a value has.
  public static var mask: UInt64 { UInt64.max >> (64 - wordBits) }

  /// The value as a signed number of ``wordBits`` bits.
  public static func signed(_ value: UInt64) -> Int64 {
    Int64(bitPattern: value << (64 - wordBits)) >> (64 - wordBits)
  }
}

/// A word of a vocabulary, spelled as its raw value.
public protocol ConformanceWord: RawRepresentable<String>, Hashable, Sendable {
  /// Whether an expression follows the word: an interrupt's number, or a handler's argument.
  var takesArgument: Bool { get }
}

extension ConformanceWord {
  /// No argument follows.
  public var takesArgument: Bool { false }
}
