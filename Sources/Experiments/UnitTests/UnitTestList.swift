/// A list of kvm-unit-tests (`unittests.cfg`): sections `[name]` of lines `key = value`.
///
/// Lines that begin with `#` are comments. A key that is not known is passed over, as that project's own
/// runner does: other versions, architectures and monitors have others. `"""` begins parameters of several
/// lines.
public struct UnitTestList: Sendable {
  /// The entries, in their order.
  public private(set) var tests: [UnitTest] = []

  /// The largest list that is taken, in bytes.
  public static let bytesMax = 1 << 20

  /// The architectures that its entries are for, in their order; nil where one is for x86, or none says what it is for.
  public var otherArchitectures: [String]? {
    let names = Set(tests.compactMap(\.architecture))
    return names.isEmpty || !names.isDisjoint(with: ["x86_64", "i386"]) ? nil : names.sorted()
  }

  /// What is wrong with a list, and where.
  public struct Failure: Error, Hashable, CustomStringConvertible {
    let line: Int
    let reason: String

    /// `line 3: ...`.
    public var description: String { "line \(line): \(reason)" }
  }

  private var line = 0

  /// Reads a list.
  ///
  /// - Parameter bytes: Its text.
  /// - Throws: ``Failure`` with the line.
  public init(_ bytes: [UInt8]) throws(Failure) {
    guard bytes.count <= Self.bytesMax else {
      throw failure("more than \(Self.bytesMax >> 20) MiB")
    }
    var names: Set<String> = []
    // Bytes, because a line's end is one also behind a carriage return, and what is not UTF-8 is shown as that.
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
    while let next = lines.popFirst() {
      line += 1
      let text = Self.trimmed(String(decoding: next, as: UTF8.self))
      if text.isEmpty || text.hasPrefix("#") { continue }
      if text.hasPrefix("[") {
        let name = text.dropFirst().dropLast()
        guard text.hasSuffix("]"), !name.isEmpty, !name.contains(" ") else {
          throw failure("a name in brackets is expected: [name]")
        }
        guard names.insert(String(name)).inserted else {
          throw failure("a second test is called \(name)")
        }
        tests.append(UnitTest(name: String(name)))
      } else {
        try readSetting(text, &lines)
      }
    }
  }

  private func failure(_ reason: String) -> Failure { Failure(line: line, reason: reason) }

  private static func trimmed(_ text: some StringProtocol) -> String {
    let isBlank = { (character: Character) in character.isWhitespace }
    let start = text.drop(while: isBlank)
    return String(start.reversed().drop(while: isBlank).reversed())
  }

  /// Reads `key = value`, and as many lines more as the value has.
  private mutating func readSetting(
    _ text: String, _ lines: inout ArraySlice<ArraySlice<UInt8>>
  ) throws(Failure) {
    guard let sign = text.firstIndex(of: "=") else {
      throw failure("neither [name] nor key = value")
    }
    guard !tests.isEmpty else { throw failure("a setting without a [name] before it") }
    let key = Self.trimmed(text[..<sign])
    var value = Self.trimmed(text[text.index(after: sign)...])
    let quotes = "\"\"\""
    if value.hasPrefix(quotes) {
      let start = line
      value.removeFirst(3)
      while !value.hasSuffix(quotes) {
        guard let next = lines.popFirst() else {
          line = start
          throw failure("\(quotes) without an end")
        }
        line += 1
        // A line that is continued, or not: between words all blanks are alike.
        if value.hasSuffix("\\") { value.removeLast() }
        value += " " + Self.trimmed(String(decoding: next, as: UTF8.self))
      }
      value.removeLast(3)
    }
    try set(key, to: value)
  }

  private mutating func set(_ key: String, to value: String) throws(Failure) {
    let last = tests.count - 1
    switch key {
    case "file": tests[last].file = value
    case "smp": tests[last].processors = try processors(value)
    case "test_args": tests[last].arguments = value
    case "qemu_params", "extra_params": tests[last].parameters = value
    case "groups": tests[last].groups = value.split(separator: " ").map(String.init)
    case "arch": tests[last].architecture = value
    case "accel": tests[last].accelerator = value
    case "timeout": tests[last].timeout = try seconds(value)
    case "check": tests[last].conditions = try conditions(value)
    default: break
    }
  }

  private func processors(_ value: String) throws(Failure) -> Int? {
    if value == "$MAX_SMP" { return nil }
    // What may follow is a topology: the same processors.
    let number = value.prefix { $0 != "," }
    guard let count = UInt16(number), count > 0 else {
      throw failure("smp = \(value): a number of processors is expected")
    }
    return Int(count)
  }

  /// A duration as `timeout(1)` takes it.
  private func seconds(_ value: String) throws(Failure) -> Double {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    let unit = value.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? value : String(value.dropLast())), number > 0,
      number.isFinite
    else { throw failure("timeout = \(value): a duration is expected, as 90s") }
    return min(number * (unit ?? 1), 1e6)
  }

  private func conditions(_ value: String) throws(Failure) -> [UnitTest.Condition] {
    var conditions: [UnitTest.Condition] = []
    for word in value.split(separator: " ") {
      guard let sign = word.firstIndex(of: "="), word.startIndex < sign else {
        throw failure("check = \(value): path=value is expected")
      }
      conditions.append(
        UnitTest.Condition(
          path: String(word[..<sign]), value: String(word[word.index(after: sign)...])))
    }
    return conditions
  }
}
