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

/// Rows of text in aligned columns: the first to the left, the others to the right.
struct TextTable {
  private var rows: [[String]]

  init(_ header: [String]) { rows = [header] }

  mutating func append(_ row: [String]) { rows.append(row) }

  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }
      return "  " + cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}
