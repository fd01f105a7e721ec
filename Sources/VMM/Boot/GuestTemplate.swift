internal import GuestImages

/// The files of a new guest, which this program carries with it.
public struct GuestTemplate: Sendable {
  /// The file's name.
  public let name: String
  /// What is in it.
  public let contents: [UInt8]

  /// All of them, in the order of their names.
  public static var all: [GuestTemplate] {
    (0..<guest_template_count()).map { index in
      var name: [UInt8] = []
      while case let next = guest_template_name_byte(index, name.count), next != 0 {
        name.append(next)
      }
      return GuestTemplate(
        name: String(decoding: name, as: UTF8.self),
        contents: (0..<guest_template_size(index)).map { guest_template_byte(index, $0) })
    }
  }
}
