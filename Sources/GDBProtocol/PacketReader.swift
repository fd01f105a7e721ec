/// Takes apart what a client sends: packets `$payload#checksum`, acknowledgements, and the interrupt byte.
///
/// Bytes come in as they are read, in pieces of any size. Between packets everything else is noise, and is
/// passed over.
///
/// *Guarantee:* whatever comes in, no more is kept than ``payloadMax`` bytes of a packet and
/// ``pendingMax`` items.
public struct PacketReader: Hashable, Sendable {
  /// What came in.
  public enum Item: Hashable, Sendable {
    /// A packet's payload, its escapes taken back.
    case packet([UInt8])
    /// A packet that is too long, or whose checksum is wrong.
    case damaged
    /// The client asks for the last packet again: `-`.
    case again
    /// The client asks for a stop: Ctrl-C.
    case interrupt
  }

  /// The most bytes of a payload, as the client is told.
  public static let payloadMax = 0x4000
  /// The most items that wait to be taken; a client that has sent more does not speak this protocol.
  public static let pendingMax = 1024

  private enum Place: Hashable {
    case between
    case payload(isEscaped: Bool)
    case firstDigit
    case secondDigit(first: UInt8?)
  }

  private var place = Place.between
  private var payload: [UInt8] = []
  private var isTooLong = false
  private var sum: UInt8 = 0
  private var items: [Item] = []

  /// Begins between two packets.
  public init() {}

  /// Whether more came in than a client may send before it is answered.
  public var isFlooded: Bool { items.count >= Self.pendingMax }

  /// Whether a stop is asked for among what waits; it is taken out.
  public mutating func takeInterrupt() -> Bool {
    guard let index = items.firstIndex(of: .interrupt) else { return false }
    items.remove(at: index)
    return true
  }

  /// The first item that waits.
  public mutating func next() -> Item? { items.isEmpty ? nil : items.removeFirst() }

  /// Takes bytes in.
  public mutating func take(_ bytes: some Sequence<UInt8>) { for byte in bytes { take(byte) } }

  private mutating func take(_ byte: UInt8) {
    switch place {
    case .between:
      switch byte {
      case UInt8(ascii: "$"): begin()
      case UInt8(ascii: "-"): add(.again)
      case 3: add(.interrupt)
      default: break
      }
    case .payload(let isEscaped): takePayload(byte, isEscaped: isEscaped)
    case .firstDigit: place = .secondDigit(first: Hexadecimal.value(byte))
    case .secondDigit(let first):
      let checksum = Hexadecimal.value(byte).flatMap { low in first.map { $0 << 4 | low } }
      add(checksum == sum && !isTooLong ? .packet(payload) : .damaged)
      payload = []
      place = .between
    }
  }

  private mutating func begin() {
    payload = []
    isTooLong = false
    sum = 0
    place = .payload(isEscaped: false)
  }

  private mutating func takePayload(_ byte: UInt8, isEscaped: Bool) {
    switch byte {
    // Neither stands in a payload as itself: a new packet has begun, and the rest of the last one is lost.
    case UInt8(ascii: "$"): begin()
    case UInt8(ascii: "#"): place = .firstDigit
    default:
      sum &+= byte
      if byte == UInt8(ascii: "}") && !isEscaped { return place = .payload(isEscaped: true) }
      place = .payload(isEscaped: false)
      if payload.count < Self.payloadMax {
        payload.append(isEscaped ? byte ^ 0x20 : byte)
      } else {
        isTooLong = true
      }
    }
  }

  private mutating func add(_ item: Item) {
    if items.count < Self.pendingMax { items.append(item) }
  }
}
