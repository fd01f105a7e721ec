/// A packet to a client.
public struct Packet: Hashable, Sendable {
  /// What it says, before escapes.
  public let payload: [UInt8]

  /// A packet of bytes.
  public init(_ payload: [UInt8]) { self.payload = payload }

  /// A packet of text.
  public init(_ text: String) { payload = Array(text.utf8) }

  /// What was asked is done.
  public static let done = Packet("OK")
  /// What was asked is not known here.
  public static let unsupported = Packet("")
  /// What was asked cannot be done.
  public static let refused = Packet("E01")

  /// Text for the client's user, while the guest runs or a `monitor` command is answered.
  public static func output(_ text: String) -> Packet { Packet("O" + Hexadecimal.text(text.utf8)) }

  /// As it goes out: `$payload#checksum`.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = [UInt8(ascii: "$")]
    var sum: UInt8 = 0
    for byte in payload {
      let isSpecial = Self.special.contains(byte)
      for out in isSpecial ? [UInt8(ascii: "}"), byte ^ 0x20] : [byte] {
        bytes.append(out)
        sum &+= out
      }
    }
    return bytes + [UInt8(ascii: "#"), Hexadecimal.digit(sum >> 4), Hexadecimal.digit(sum & 15)]
  }

  private static let special: [UInt8] = Array("$#}*".utf8)
}
