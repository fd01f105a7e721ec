import ArgumentParser

/// How a value with a unit is written, the same for every option: a number, and at once its unit; a number
/// alone is of the option's own unit.
///
/// A number is one as C writes them, 0 or more: `5`, `0.5`, `1e6`.
struct ValueGrammar: Sendable {
  /// Units, each with how many of the smallest it is; the largest last.
  let units: [(suffix: String, factor: Double)]
  /// What a number alone is counted in: a suffix of ``units``, or another word for one of the smallest.
  let ownUnit: String
  /// The kind of the value, with values that show its units.
  let kind: String

  /// A time, counted in nanoseconds.
  static func time(in ownUnit: String) -> Self {
    Self(
      units: [
        ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
      ], ownUnit: ownUnit, kind: "a time such as 500us, 1.5s or 2m")
  }

  /// A size, counted in bytes; K, M and G are 1024 each, with or without iB.
  static let size = Self(
    units: [("K", 10), ("M", 20), ("G", 30)].flatMap { letter, shift in
      [letter + "iB", letter.lowercased(), letter].map { ($0, Double(1 << shift)) }
    }, ownUnit: "bytes", kind: "a size such as 512K, 64M or 1GiB")

  /// A share of a whole, counted in percent.
  static let share = Self(units: [("%", 1)], ownUnit: "%", kind: "a share such as 5%")

  /// A frequency, counted in hertz.
  static let frequency = Self(
    units: [("Hz", 1), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)], ownUnit: "Hz",
    kind: "a frequency such as 1MHz or 62.5MHz")

  /// Reads a value.
  ///
  /// - Parameters:
  ///   - text: As it was typed.
  ///   - range: What the option takes, in the smallest unit.
  ///   - limits: The same for people.
  /// - Returns: The value, in the smallest unit, rounded to the nearest.
  /// - Throws: `ValidationError` that says what would be right.
  func value(of text: String, in range: ClosedRange<UInt64>, _ limits: String) throws -> UInt64 {
    let number = text.prefix { !$0.isLetter && $0 != "%" || $0 == "e" || $0 == "E" }
    let suffix = text.dropFirst(number.count)
    let factor = factor(of: suffix.isEmpty ? ownUnit : String(suffix))
    // Below 2^53 a product is exact enough to be rounded; what is above no option takes.
    guard let factor, let count = Double(number), count >= 0, count * factor < 0x1p53,
      range.contains(UInt64((count * factor).rounded()))
    else {
      let names = ["s": "seconds", "us": "microseconds", "ns": "nanoseconds"]
      let alone = ownUnit == "%" ? "" : ", or a number of \(names[ownUnit] ?? ownUnit)"
      throw ValidationError("\(kind)\(alone); \(limits)")
    }
    return UInt64((count * factor).rounded())
  }

  private func factor(of suffix: String) -> Double? {
    units.first { $0.suffix == suffix }?.factor ?? (suffix == ownUnit ? 1 : nil)
  }

  /// A value as this grammar writes it: a whole number of the largest unit that there are any of.
  func text(of value: UInt64) -> String {
    let unit = units.last {
      value > 0 && Double(value).truncatingRemainder(dividingBy: $0.factor) == 0
    }
    guard let unit else { return "\(value)\(units[0].factor == 1 ? units[0].suffix : "")" }
    return "\(UInt64(Double(value) / unit.factor))\(unit.suffix)"
  }
}
