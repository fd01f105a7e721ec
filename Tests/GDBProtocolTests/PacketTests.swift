import Testing

@testable import GDBProtocol

@Suite("Packets")
struct PacketTests {
  private func items(_ text: String) -> [PacketReader.Item] {
    var reader = PacketReader()
    reader.take(text.utf8)
    return items(of: &reader)
  }

  private func items(of reader: inout PacketReader) -> [PacketReader.Item] {
    var items: [PacketReader.Item] = []
    while let item = reader.next() { items.append(item) }
    return items
  }

  @Test("a packet goes out with its checksum, and special characters escaped")
  func framing() {
    #expect(Packet("OK").bytes == Array("$OK#9a".utf8))
    #expect(Packet.unsupported.bytes == Array("$#00".utf8))
    #expect(Packet("a#b").bytes == Array("$a}\u{3}b#43".utf8))
  }

  @Test("what goes out comes in, whatever its bytes, in pieces of any size")
  func roundTrip() {
    let payload = (0...255).map { UInt8($0) }
    let bytes = Packet(payload).bytes
    for size in [1, 2, 3, 7, 1000] {
      var reader = PacketReader()
      for start in stride(from: 0, to: bytes.count, by: size) {
        reader.take(bytes[start..<min(start + size, bytes.count)])
      }
      let found = items(of: &reader)
      #expect(found == [.packet(payload)])
    }
  }

  @Test("noise is passed over; a wrong checksum, an odd one and a new packet within one are damage")
  func damage() {
    #expect(items("++xyz$g#67") == [.packet([UInt8(ascii: "g")])])
    #expect(items("$g#68$g#67") == [.damaged, .packet([UInt8(ascii: "g")])])
    #expect(items("$g#6x") == [.damaged])
    #expect(items("$m0,$g#67") == [.packet([UInt8(ascii: "g")])])
    #expect(items("$g#6") == [])
    #expect(items("\u{3}-$g#67") == [.interrupt, .again, .packet([UInt8(ascii: "g")])])
  }

  @Test("no more is kept than a packet may have, nor more items than may wait")
  func bounds() {
    var reader = PacketReader()
    reader.take("$".utf8)
    for _ in 0..<100 { reader.take([UInt8](repeating: UInt8(ascii: "a"), count: 4096)) }
    reader.take("#00".utf8)
    reader.take("$g#67".utf8)
    let found = items(of: &reader)
    #expect(found == [.damaged, .packet([UInt8(ascii: "g")])])
    reader.take([UInt8](repeating: 3, count: 5000))
    #expect(reader.isFlooded)
    let count = items(of: &reader).count
    #expect(count == PacketReader.pendingMax)
  }

  @Test("an interrupt is found among what waits")
  func interrupt() {
    var reader = PacketReader()
    reader.take("$g#67\u{3}".utf8)
    let isFound = reader.takeInterrupt()
    #expect(isFound)
    let isFoundAgain = reader.takeInterrupt()
    #expect(!isFoundAgain)
    let rest = items(of: &reader)
    #expect(rest == [.packet([UInt8(ascii: "g")])])
  }
}
