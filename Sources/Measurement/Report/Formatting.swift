/// Nanoseconds as microseconds with all three decimals, as in `19.423`: exact, and aligned in columns.
func microseconds(_ nanoseconds: Int64) -> String {
  let magnitude = nanoseconds.magnitude
  let fraction = String(magnitude % 1000)
  return (nanoseconds < 0 ? "-" : "") + String(magnitude / 1000) + "."
    + String(repeating: "0", count: 3 - fraction.count) + fraction
}

/// A mean to the nearest nanosecond, as ``microseconds(_:)`` writes it.
func microseconds(mean nanoseconds: Double) -> String {
  microseconds(Int64(nanoseconds.rounded()))
}

/// A share from 0 to 1 in percent with one decimal, as in `41.3`.
func percent(_ share: Double) -> String {
  fixed(share * 100, decimals: 1)
}

/// A number with a fixed count of decimals, rounded half away from zero.
///
/// *Assumes* that the number times its power of ten is far below 2^63, as shares, costs of stamps and
/// places in a chart are; what is not is written as a whole number.
func fixed(_ value: Double, decimals: Int) -> String {
  var unit: Int64 = 1
  for _ in 0..<decimals { unit *= 10 }
  guard let scaled = Int64(exactly: (value * Double(unit)).rounded()), decimals > 0 else {
    return "\(value)"
  }
  let fraction = String(scaled.magnitude % UInt64(unit))
  return (scaled < 0 ? "-" : "") + String(scaled.magnitude / UInt64(unit)) + "."
    + String(repeating: "0", count: decimals - fraction.count) + fraction
}

/// What stands for a number that there is not.
let absent = "\u{2013}"
