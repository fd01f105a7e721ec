import ArgumentParser

/// A time that an option takes (``ValueGrammar``).
struct TimeSpan: CustomStringConvertible, Sendable {
  let nanoseconds: UInt64

  static func seconds(_ count: UInt64) -> Self { Self(nanoseconds: count * 1_000_000_000) }

  init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  init(microseconds: Int) { nanoseconds = UInt64(microseconds) * 1000 }

  /// In microseconds, rounded down.
  var microseconds: Int { Int(nanoseconds / 1000) }

  /// In seconds, with a fraction.
  var seconds: Double { Double(nanoseconds) / 1e9 }

  var description: String { Self.text(of: nanoseconds) }

  private static func text(of nanoseconds: UInt64) -> String {
    // Minutes and hours are for typing: 60s is what messages say.
    let grammar = ValueGrammar.time(in: "ns")
    return ValueGrammar(
      units: grammar.units.filter { $0.factor <= 1e9 }, ownUnit: "ns", kind: grammar.kind
    ).text(of: nanoseconds)
  }

  /// A `--timeout`: a number alone is of seconds.
  static func timeout(_ text: String) throws -> Self {
    Self(
      nanoseconds: try ValueGrammar.time(in: "s").value(
        of: text, in: 1...1_000_000_000_000_000, "more than 0, at most 1000000s"))
  }

  /// Reads a time of whole microseconds.
  static func parser(
    in unit: String, microseconds range: ClosedRange<Int>
  ) -> @Sendable (String) throws -> Self {
    let nanoseconds = UInt64(range.lowerBound) * 1000...UInt64(range.upperBound) * 1000
    let read = parser(in: unit, nanoseconds)
    return { text in
      let time = try read(text)
      guard time.nanoseconds % 1000 == 0 else { throw ValidationError("a whole number of us") }
      return time
    }
  }

  /// Reads a time; a number alone is of `unit`.
  static func parser(
    in unit: String, _ range: ClosedRange<UInt64>
  ) -> @Sendable (String) throws -> Self {
    let limits = "from \(text(of: range.lowerBound)) to \(text(of: range.upperBound))"
    return { text in
      Self(nanoseconds: try ValueGrammar.time(in: unit).value(of: text, in: range, limits))
    }
  }
}
