internal import VMM

/// What an ``Injection`` saw, drawn beside the guest's instructions.
///
///     100120  fb        after_sti           | IF=0, until 100122
///     100121  90        after_sti+0x1       | sti, until 100122
///     100122  90        after_sti+0x2       v here
///
/// A bar is where the interrupt waits, `v` where it is taken then; `*` where it is taken at once, `x` where it
/// never is.
public struct InjectionListing: Sendable {
  private let result: InjectionResult
  private let names: [UInt64: String]
  private let faults: [Int: InjectionResult.Fault]
  private let addresses: [UInt64]

  /// Draws a result.
  ///
  /// - Parameters:
  ///   - result: What was seen.
  ///   - names: The names of the guest's addresses (``InjectionResult/names(in:)``).
  public init(_ result: InjectionResult, _ names: [UInt64: String]) {
    self.result = result
    self.names = names
    faults = result.faults
    addresses = Set(result.rows.map(\.address)).sorted()
  }

  /// The listing, and a line that says how the guest ends by itself.
  public var text: String {
    var text = head
    var last: [Place: String] = [:]
    for (index, row) in result.rows.enumerated() {
      let account = account(of: row, fault: faults[index])
      let here = Place(address: row.address, raised: row.raised, isHalted: row.isHalted)
      // What comes out as the last time adds nothing.
      guard last[here] != account else { continue }
      last[here] = account
      let place = names[row.address] ?? ""
      text += Self.columns([
        (Self.hexadecimal(row.address), 10), (bytes(of: row), 23),
        (row.isHalted ? place + " (halted)" : place, 28),
      ])
      text += mark(of: index) + " " + account + "\n"
    }
    return text
  }

  private struct Place: Hashable {
    let address: UInt64
    let raised: Int
    let isHalted: Bool
  }

  /// The same in one paragraph: how the guest ends by itself, and what was found.
  private var head: String {
    let reference = result.reference
    let raises = "raised \(result.raises == 1 ? "once" : "\(result.raises) times") where it halts"
    return "\(result.interrupt), \(raises): \(reference.end), taken \(reference.taken.count)\n"
      + "\(result.rows.count) boundaries, \(faults.count) unlike those around"
      + (result.isComplete ? "\n" : "; not to the guest's end\n")
  }

  /// What became of the interrupt, as a phrase: `IF=0, until 100122`.
  private func account(of row: InjectionRow, fault: InjectionResult.Fault?) -> String {
    var parts: [String] = row.hold == .none ? [] : [row.hold.rawValue]
    parts.append(row.delivery.description)
    if let fault {
      parts.append(
        "\(fault.rawValue.uppercased()) (taken \(row.outcome.taken.count), \(row.outcome.end))")
    }
    return parts.joined(separator: ", ")
  }

  private func mark(of index: Int) -> String {
    let row = result.rows[index]
    if faults[index] != nil { return "!" }
    switch row.delivery {
    case .later: return "|"
    case .never: return "x"
    case .here:
      let isAwaited = index > 0 && result.rows[index - 1].delivery == .later(row.address)
      return isAwaited ? "v" : "*"
    }
  }

  /// The instruction's bytes, as far as the next boundary behind it says where it ends.
  private func bytes(of row: InjectionRow) -> String {
    let next = addresses.first { $0 > row.address }
    let length = next.map { $0 - row.address }.flatMap { $0 <= 15 ? Int($0) : nil } ?? 8
    let bytes = row.bytes.prefix(length).map { Self.padded(String($0, radix: 16), 2) }
    return bytes.count > 7
      ? bytes.prefix(7).joined(separator: " ") + "+" : bytes.joined(separator: " ")
  }

  private static func columns(_ columns: [(text: String, width: Int)]) -> String {
    columns.map { $0.text + String(repeating: " ", count: max(1, $0.width - $0.text.count)) }
      .joined()
  }

  private static func hexadecimal(_ address: UInt64) -> String {
    padded(String(address, radix: 16), 6)
  }

  private static func padded(_ digits: String, _ width: Int) -> String {
    String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
