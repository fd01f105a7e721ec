import LinuxHost
import Testing

@Suite("CRC-32C")
struct CRC32CTests {
  private func checksum(_ bytes: [UInt8]) -> UInt32 {
    var checksum = CRC32C()
    checksum.update(bytes)
    return checksum.value
  }

  /// Bit by bit, as the definition has it.
  private func slowChecksum(_ bytes: [UInt8]) -> UInt32 {
    var state: UInt32 = ~0
    for byte in bytes {
      state ^= UInt32(byte)
      for _ in 0..<8 { state = state >> 1 ^ (state & 1 == 1 ? 0x82f6_3b78 : 0) }
    }
    return ~state
  }

  /// Bytes without a pattern: a linear congruential generator's.
  private func noise(_ count: Int, seed: UInt32) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
  }

  /// The check value of the algorithm, and the examples of RFC 3720, B.4.
  @Test("known checksums")
  func vectors() {
    #expect(checksum([]) == 0)
    #expect(checksum(Array("123456789".utf8)) == 0xe306_9283)
    #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(checksum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(checksum(Array(0...31)) == 0x46dd_794e)
    #expect(checksum(Array((0...31).reversed())) == 0x113f_db5c)
  }

  @Test(
    "lengths around words, short lanes and long lanes",
    arguments: [1, 7, 8, 9, 1343, 4031, 4032, 4033, 4096, 8191, 12287, 12288, 12289, 70_007])
  func lengths(_ count: Int) {
    let bytes = noise(count, seed: UInt32(count))
    #expect(checksum(bytes) == slowChecksum(bytes))
  }

  @Test("pieces make the whole, wherever it is cut")
  func pieces() {
    let bytes = noise(60_000, seed: 5)
    for cut in [0, 1, 5, 4096, 30_001, 60_000] {
      var checksum = CRC32C()
      checksum.update(Array(bytes[..<cut]))
      checksum.update(Array(bytes[cut...]))
      #expect(checksum.value == self.checksum(bytes), "cut at \(cut)")
    }
  }
}
