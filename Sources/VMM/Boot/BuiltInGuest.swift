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

  /// A string of C, up to the 0 at its end.
  private static func text(_ byte: (Int) -> UInt8) -> String {
    var bytes: [UInt8] = []
    while case let next = byte(bytes.count), next != 0 { bytes.append(next) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
