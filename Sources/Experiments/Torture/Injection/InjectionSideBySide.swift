/// Several hosts' ``InjectionRecord``s of one guest, boundary by boundary.
public struct InjectionSideBySide: Sendable {
  private let records: [InjectionRecord]
  private let places: [Place]
  private let cells: [[Place: String]]

  /// A boundary, as hosts have it in common.
  private struct Place: Hashable, Comparable {
    let address: UInt64
    let raised: Int
    let visit: Int
    let isHalted: Bool

    static func < (left: Place, right: Place) -> Bool {
      (left.address, left.raised, left.visit, left.isHalted ? 1 : 0)
        < (right.address, right.raised, right.visit, right.isHalted ? 1 : 0)
    }
  }

  /// Puts records beside each other; nil where they are not of the same guest and interrupt.
  public init?(_ records: [InjectionRecord]) {
    guard let first = records.first,
      records.allSatisfy({
        $0.guest == first.guest && $0.result.interrupt == first.result.interrupt
      })
    else { return nil }
    self.records = records
    cells = records.map(Self.cells)
    places = Set(cells.flatMap(\.keys)).sorted()
  }

  private static func cells(_ record: InjectionRecord) -> [Place: String] {
    let faults = record.result.faults
    var cells: [Place: String] = [:]
    for (index, row) in record.result.rows.enumerated() {
      let place = Place(
        address: row.address, raised: row.raised, visit: row.visit, isHalted: row.isHalted)
      cells[place] = row.delivery.description + (faults[index].map { " \($0.rawValue)!" } ?? "")
    }
    return cells
  }

  /// At how many boundaries the hosts differ; one that a host cannot be stopped at counts.
  public var differences: Int { places.count { !isAlike($0) } }

  private func isAlike(_ place: Place) -> Bool { Set(cells.map { $0[place] }).count == 1 }

  /// A line for each boundary, a column for each host; `<>` where they differ.
  public var text: String {
    let width = 20
    func column(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    var text = ""
    for (index, record) in records.enumerated() { text += "\(index + 1): \(record.host)\n" }
    func line(_ cells: [String]) -> String {
      cells.dropLast().map { column($0, width) }.joined() + (cells.last ?? "") + "\n"
    }
    text += column("", 10) + column("", 28) + "   " + line(records.indices.map { "\($0 + 1)" })
    for place in places {
      let name = records.lazy.compactMap { $0.names[place.address] }.first ?? ""
      text += column(String(place.address, radix: 16), 10)
      text += column(place.isHalted ? name + " (halted)" : name, 28)
      text += isAlike(place) ? "   " : "<> "
      text += line(cells.map { $0[place] ?? "-" })
    }
    return text + "\(differences) of \(places.count) boundaries differ\n"
  }
}

extension InjectionRow.Delivery: CustomStringConvertible {
  /// `here`, `until 100122`, `never`.
  public var description: String {
    switch self {
    case .here: "here"
    case .later(let address): "until " + String(address, radix: 16)
    case .never: "never"
    }
  }
}
