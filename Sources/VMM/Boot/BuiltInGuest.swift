internal import GuestImages

/// A toy guest that this program carries with it.
public struct BuiltInGuest: Sendable {
  /// The name that `swvmm run` takes.
  public let name: String
  private let index: Int

  /// All of them, in the order of the list that they are built from.
  public static let all: [BuiltInGuest] = (0..<guest_image_count()).map(BuiltInGuest.init(index:))

  /// The guest of that name.
  public static func named(_ name: String) -> BuiltInGuest? {
    (0..<guest_image_count()).first { isNamed(name, $0) }
      .map { BuiltInGuest(name: name, index: $0) }
  }

  /// Every run comes by here, so the names are compared where they are.
  private static func isNamed(_ name: String, _ index: Int) -> Bool {
    for (offset, byte) in name.utf8.enumerated()
    where guest_image_name_byte(index, offset) != byte { return false }
    return guest_image_name_byte(index, name.utf8.count) == 0
  }

  private init(name: String, index: Int) { (self.name, self.index) = (name, index) }

  private init(index: Int) {
    self.init(name: Self.text { guest_image_name_byte(index, $0) }, index: index)
  }

  /// What it proves, in a line.
  public var summary: String { Self.text { guest_image_summary_byte(index, $0) } }

  /// The guest's ELF file.
  public var file: [UInt8] {
    (0..<guest_image_size(index)).map { guest_image_byte(index, $0) }
  }

  /// The built-in guest whose name is nearest to a mistyped one, if any is near.
  ///
  /// - Parameter name: What the user wrote.
  /// - Returns: The guest, or nil if no name is near.
  public static func nearest(to name: String) -> BuiltInGuest? {
    let distances = all.map { ($0, editDistance($0.name, name)) }
    guard let best = distances.min(by: { $0.1 < $1.1 }), best.1 <= max(1, name.count / 3) else {
      return nil
    }
    return best.0
  }

  /// A string of C, up to the 0 at its end.
  private static func text(_ byte: (Int) -> UInt8) -> String {
    var bytes: [UInt8] = []
    while case let next = byte(bytes.count), next != 0 { bytes.append(next) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The number of insertions, deletions and replacements from one word to the other.
  private static func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (number, character) in left.enumerated() {
      var diagonal = row[0]
      row[0] = number + 1
      for (column, other) in right.enumerated() {
        let replaced = diagonal + (character == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
