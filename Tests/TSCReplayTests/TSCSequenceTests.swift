import TSCReplay
import TestSupport
import Testing
import TimerModels

@Suite("TSC sequence")
struct TSCSequenceTests {
  private func parse(_ text: String) throws(TraceError) -> TSCSequence {
    try TSCSequence(parsing: Array(text.utf8))
  }

  @Test("everything that a sequence can say")
  func everything() throws {
    let sequence = try parse(
      """
      {"kilohertz": 2000000, "kernel": "4.12", "stable": false, "clocksource": false,
       "scaling": "vmx", "uptime": 1000,
       "operations": [
        {"op": "create", "after": 5}, {"op": "write", "vcpu": 0, "value": 18446744073709551615},
        {"op": "offset", "vcpu": 0, "value": -1}, {"op": "adjust", "vcpu": 1, "value": 2},
        {"op": "guest-write", "vcpu": 0, "value": 3}, {"op": "guest-adjust", "vcpu": 0, "value": 4},
        {"op": "frequency", "vcpu": 0, "value": 0}, {"op": "enter", "vcpu": 0},
        {"op": "exit", "vcpu": 0}]}
      """)
    let frequency = try TSCFrequency(kilohertz: 2_000_000)
    #expect(
      sequence.host
        == TSCHost(frequency: frequency, isStable: false, isClockSource: false, scaling: .vmx))
    #expect(sequence.rules == .linux4_12)
    #expect(sequence.start == TSCHostTime(instant: Instant(nanoseconds: 1000), tsc: 2000))
    #expect(sequence.steps[0].after == 5)
    #expect(
      sequence.steps.map(\.operation) == [
        .createVCPU, .hostWriteTSC(vcpu: 0, .max), .hostWriteOffset(vcpu: 0, .max),
        .hostWriteAdjust(vcpu: 1, 2), .guestWriteTSC(vcpu: 0, 3), .guestWriteAdjust(vcpu: 0, 4),
        .setFrequency(vcpu: 0, kilohertz: 0), .enterGuest(vcpu: 0), .exitGuest(vcpu: 0),
      ])
    let replay = SequenceReplay(sequence, on: TSCMatchingTracker.self)
    #expect(replay.results[3] == .refused(.noSuchVCPU(1)))
    #expect(replay.verdict.cause == "the host keeps time by another clock than its TSC")
  }

  @Test(
    "what is none is an error with its line",
    arguments: [
      ("", 1), ("[]", 1), ("{\n\"kilohertz\": 1", 2), ("{}", 1), (#"{"kilohertz": 0}"#, 1),
      (#"{"kilohertz": -1}"#, 1), (#"{"kilohertz": 4294967296}"#, 1), (#"{"kilohertz": 1}"#, 1),
      (#"{"kilohertz": 1, "operations": {}}"#, 1),
      ("{\"kilohertz\": 1,\n\"kernel\": \"2.6\", \"operations\": []}", 2),
      ("{\"kilohertz\": 1,\n\"stable\": 1, \"operations\": []}", 2),
      ("{\"kilohertz\": 1,\n\n\"speed\": 1, \"operations\": []}", 3),
      ("{\"kilohertz\": 1, \"operations\": [\n7]}", 2),
      ("{\"kilohertz\": 1, \"operations\": [\n{}]}", 2),
      ("{\"kilohertz\": 1, \"operations\": [\n{\"op\": \"halt\", \"vcpu\": 0}]}", 2),
      ("{\"kilohertz\": 1, \"operations\": [\n{\"op\": \"write\", \"vcpu\": 0}]}", 2),
      ("{\"kilohertz\": 1, \"operations\": [\n{\"op\": \"write\", \"value\": 0}]}", 2),
      ("{\"kilohertz\": 1, \"operations\": [\n{\"op\": \"create\", \"vcpu\": 0}]}", 2),
      ("{\"kilohertz\": 1, \"operations\": [\n{\"op\": \"enter\", \"vcpu\": 0, \"value\": 1}]}", 2),
      (
        "{\"kilohertz\": 1, \"operations\": [\n{\"op\": \"write\", \"vcpu\": 0, \"value\": 0.5}]}",
        2
      ),
    ])
  func malformed(text: String, line: Int) {
    do {
      _ = try parse(text)
      Issue.record("no error")
    } catch {
      #expect(error.line == line, "\(error)")
    }
  }

  @Test("whatever a sequence is made of, it is read or refused, and replayed")
  func fuzz() {
    let text = Array(TSCExample.sequence.text.utf8)
    var random = SplitMix64(seed: 9)
    var sequences = 0
    for _ in 0..<2000 {
      var bytes = text
      let place = Int.random(in: 0..<bytes.count, using: &random)
      if Bool.random(using: &random) {
        bytes[place] = UInt8(ascii: "9")
      } else {
        bytes[place] = UInt8.random(in: 0x20...0x7e, using: &random)
      }
      guard let sequence = try? TSCSequence(parsing: bytes) else { continue }
      sequences += 1
      _ = SequenceReplay(sequence, on: TSCMatchingTracker.self).verdict.text
    }
    #expect(sequences > 100)
  }
}
