import Measurement
import Testing

@Suite("Stamps and records")
struct RecordTests {
  @Test("a ring gives back what it took, in order, and counts what it refused")
  func ring() {
    var ring = StampRing(capacity: 3)
    var taken: [UInt64] = []
    for instant in UInt64(0)..<5 { ring.append(Stamp(.handler, deadline: 1, at: instant)) }
    #expect(ring.count == 3 && ring.accepted == 3 && ring.dropped == 2)
    while let stamp = ring.removeFirst() { taken.append(stamp.instant) }
    ring.append(Stamp(.lineLow, deadline: nil, at: 9))
    #expect(ring.stamps == [Stamp(.lineLow, deadline: nil, at: 9)])
    #expect(taken == [0, 1, 2] && ring.accepted == 4)
  }

  @Test("a ring is a queue whatever the order of operations", arguments: UInt64(0)..<30)
  func ringAgainstArray(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var ring = StampRing(capacity: Int(1 + random.next() % 7))
    var model: [Stamp] = []
    for instant in UInt64(0)..<200 {
      if random.next() % 2 == 0 {
        let stamp = Stamp(.injected, deadline: Int(instant), at: instant)
        if model.count < ring.capacity { model.append(stamp) }
        ring.append(stamp)
      } else {
        #expect(ring.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
      }
      #expect(ring.stamps == model, "seed \(seed)")
    }
  }

  @Test("a stamp is 16 bytes, and its deadline may be unknown")
  func stamp() {
    #expect(MemoryLayout<Stamp>.stride == 16)
    #expect(Stamp(.handler, deadline: 7, at: 0).deadline == 7)
    #expect(Stamp(.handler, deadline: nil, at: 0).deadline == nil)
    #expect(Stamp(.handler, deadline: -1, at: 0).deadline == nil)
    #expect(Stamp(.handler, deadline: Int(UInt32.max), at: 0).deadline == nil)
    #expect(Stamp(.handler, deadline: Int(UInt32.max) - 1, at: 0).deadline == Int(UInt32.max) - 1)
  }

  @Test("records take the first stamp of each stage; strays are counted")
  func assembly() {
    let (records, strays) = InterruptRecord.assemble(
      plan: [100, 200],
      stamps: [
        Stamp(.handler, deadline: 1, at: 230), Stamp(.hostWake, deadline: 1, at: 210),
        Stamp(.handler, deadline: 1, at: 240), Stamp(.handler, deadline: 2, at: 1),
        Stamp(.handler, deadline: nil, at: 1),
      ])
    #expect(strays == 2)
    #expect(records[0] == InterruptRecord(planned: 100))
    #expect(records[1].planned == 200)
    #expect(records[1][.hostWake] == 210 && records[1][.handler] == 230)
    #expect(records[1][.injected] == nil)
  }

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
