/// Rows of text in columns that are as wide as their widest cell, two spaces apart.
public struct TextTable {
  /// How the columns stand.
  public enum Style {
    /// Indented, numbers to the right of a name.
    case figures
    /// Words: all columns to the left, and nothing after the last.
    case list
  }

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

  /// The rows, a line each.
  public var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return switch style {
        case .figures: column == 0 ? cell + padding : padding + cell
        case .list: column == row.count - 1 ? cell : cell + padding
        }
      }
      return (style == .figures ? "  " : "") + cells.joined(separator: "  ") + "\n"
    }.joined()
  }
}
