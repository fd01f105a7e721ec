import Measurement
import TestSupport
import Testing

@Suite("Records")
struct RecordTests {
  @Test("pieces follow one another, and up to the handler they add up to the latency")
  func pieces() {
    var record = InterruptRecord(planned: 1000)
    record[.hostWake] = 1010
    record[.threadRunning] = 1015
    record[.injected] = 1040  // The call returned after the handler had begun.
    record[.handler] = 1030
    record[.endOfInterrupt] = 1050
    record[.lineLow] = 1045
    let pieces = record.pieces
    #expect(
      pieces.map(\.stage) == [
        .hostWake, .threadRunning, .injected, .handler, .lineLow, .endOfInterrupt,
      ])
    #expect(pieces.map(\.start) == [0, 10, 15, 30, 30, 45])
    #expect(pieces.map(\.duration) == [10, 5, 15, 0, 15, 5])
    #expect(pieces.map(\.isClipped) == [false, false, true, false, false, false])
  }

  @Test("whatever the stamps, no piece is negative and the sum is exact", arguments: UInt64(0)..<50)
  func randomPieces(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<20 {
      var record = InterruptRecord(planned: 500)
      for stage in Stage.allCases where random.next() % 4 > 0 {
        record[stage] = 300 + random.next() % 1000
      }
      let handler = 500 + random.next() % 1000
      record[.handler] = handler
      let pieces = record.pieces
      #expect(pieces.allSatisfy { $0.duration >= 0 }, "seed \(seed)")
      for (piece, next) in zip(pieces, pieces.dropFirst()) {
        #expect(piece.start + piece.duration == next.start, "seed \(seed)")
      }
      let latency = pieces.filter { $0.stage <= .handler }.reduce(0) { $0 + $1.duration }
      #expect(latency == Int64(handler) - 500, "seed \(seed)")
    }
  }
}
