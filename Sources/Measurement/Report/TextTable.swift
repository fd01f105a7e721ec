internal import TerminalText

/// Rows of text in columns that are as wide as their widest cell, two spaces apart.
///
/// *Guarantee:* a line of figures has at most 80 characters, as far as the widest column lets it: a table that is
/// wider is cut into several, one below the other, each with the names of the rows.
public struct TextTable {
  /// How the columns stand.
  public enum Style {
    /// Indented, numbers to the right of a name.
    case figures
    /// Words: all columns to the left, and nothing after the last.
    case list
  }

  /// What an ordinary terminal shows of a line.
  static let width = 80

  private var rows: [[String]] = []
  private let style: Style

  /// A table without rows.
  public init(_ style: Style) { self.style = style }

  /// A table of figures.
  init(_ header: [String]) {
    self.init(.figures)
    append(header)
  }

  /// Adds a row, which may have fewer cells than others.
  public mutating func append(_ row: [String]) { rows.append(row) }

  /// The rows, a line each; of a table that is cut, a line for each part of each.
  public var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
    }
    return switch style {
    case .list: lines(of: 0..<columns, widths)
    case .figures: parts(widths).map { lines(of: $0, widths) }.joined(separator: "\n")
    }
  }

  /// The columns behind the first, in parts that fit beside it.
  private func parts(_ widths: [Int]) -> [Range<Int>] {
    guard let first = widths.first, widths.count > 1 else { return [1..<max(widths.count, 1)] }
    var parts: [Range<Int>] = []
    var (start, end) = (1, first + 2)
    for column in 1..<widths.count {
      end += widths[column] + 2
      guard end > Self.width && column > start else { continue }
      parts.append(start..<column)
      (start, end) = (column, first + 2 + widths[column] + 2)
    }
    return parts + [start..<widths.count]
  }

  private func lines(of part: Range<Int>, _ widths: [Int]) -> String {
    rows.map { row in
      switch style {
      case .figures:
        let cells = ([0] + part).filter { $0 < row.count }.map { column in
          let padding = String(repeating: " ", count: widths[column] - row[column].count)
          return column == 0 ? row[column] + padding : padding + row[column]
        }
        return "  " + cells.joined(separator: "  ") + "\n"
      case .list:
        let cells = row.enumerated().map { column, cell in
          column == row.count - 1 ? cell : cell.padded(to: widths[column])
        }
        return cells.joined(separator: "  ") + "\n"
      }
    }.joined()
  }
}
