internal import TerminalText

/// Why a scenario cannot be a guest.
public struct GuestProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is the matter with it.
  public var description: String

  /// Says what is the matter.
  public init(_ description: String) { self.description = description }
}

extension ConformanceScenario where Vocabulary: GuestVocabulary {
  /// The line that reports begin with, without the verdict.
  public var heading: String { "\(id.visible)  \(title.visible)" }

  /// The scenario as the assembly of a guest that runs it, prints its verdict as `swvmm conform` does, and
  /// ends the emulator with 0 or 1.
  ///
  /// - Throws: ``GuestProblem`` for a scenario that has no such form.
  public func guest() throws(GuestProblem) -> String {
    var text = GuestText<Vocabulary>(variableCount: variables.count)
    text.add(operations)
    guard text.longestWait <= Vocabulary.longestGuestWait else {
      throw GuestProblem(
        "it waits for \(text.longestWait) ticks, more than \(Vocabulary.longestGuestWait)")
    }
    text.line("judge")
    text.line(".data")
    text.line(".balign 8")
    text.label("expectations")
    var strings: [String] = []
    for expectation in expectations {
      let name = variables[expectation.variable]
      let signs = text.signs[expectation.variable] ?? [false]
      guard signs.count == 1, let isSigned = signs.first else {
        throw GuestProblem(
          "\(name.visible) is assigned as a signed and as an unsigned number")
      }
      let ranges = expectation.allowed.ranges(isSigned: isSigned, bits: Vocabulary.wordBits)
      let bias = isSigned ? 1 << (UInt64(Vocabulary.wordBits) - 1) : UInt64(0)
      text.line(
        "cell \(expectation.variable), \(bias), \(ranges.count), string\(strings.count)")
      for range in ranges {
        text.line("cell \(range.lowerBound ^ bias), \(range.upperBound ^ bias)")
      }
      strings.append("      \(name.visible): expected \(expectation.allowed), observed ")
    }
    text.line("cell -1")
    for (number, string) in strings.enumerated() {
      text.label("string\(number)")
      text.bytes(of: string)
    }
    text.label("heading")
    text.bytes(of: heading + "\n")
    text.line(".bss")
    text.line(".balign 8")
    text.label("variables")
    // One at the least: an area of no size shares its address with the next.
    text.line(".space \(8 * (text.slotCount + 1))")
    return Vocabulary.guestRuntime + text.lines
  }
}

extension ConformanceRange {
  /// The values of so many bits that are allowed, as ranges of bit patterns.
  ///
  /// A range's bounds are in the order of the values, which for signed ones is not that of their patterns.
  fileprivate func ranges(
    isSigned: Bool, bits: Int
  ) -> [(lowerBound: UInt64, upperBound: UInt64)] {
    let least: Int128 = isSigned ? -1 << (bits - 1) : 0
    let most: Int128 = least + (1 << bits) - 1
    let mask = UInt64.max >> (64 - bits)
    let ranges: [(Int128, Int128)] =
      switch self {
      case .exactly(let value): [(value, value)]
      case .between(let min, let max):
        [(Swift.max(min ?? least, least), Swift.min(max ?? most, most))]
      case .oneOf(let values): values.map { ($0, $0) }
      case .any: [(least, most)]
      }
    return ranges.filter { $0 <= $1 && least <= $0 && $1 <= most }.map {
      (UInt64(truncatingIfNeeded: $0) & mask, UInt64(truncatingIfNeeded: $1) & mask)
    }
  }
}
