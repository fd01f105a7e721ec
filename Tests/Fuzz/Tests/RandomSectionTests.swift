import TestSupport
import Testing

@testable import VMM

@Suite("Random sections")
struct RandomSectionTests {
  /// A valid section with a few bytes replaced, or random bytes alone, and behind it random accesses.
  private func input(kind: Int, seed: UInt64) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    func bytes(_ count: Int) -> [UInt8] {
      (0..<count).map { _ in .random(in: 0...255, using: &random) }
    }
    let valid = CarryTarget.seeds().filter { Int($0[0]) == kind }
    var input = seed % 4 == 0 ? [UInt8(kind)] + bytes(400) : valid[Int(seed) % valid.count]
    for _ in 0..<random.next() % 6 {
      input[.random(in: 1..<input.count, using: &random)] = .random(in: 0...255, using: &random)
    }
    return input + bytes(300)
  }

  @Test(
    "of any bytes a section makes a state that works on, or a refusal",
    arguments: 0..<CarryTarget.kinds)
  func anyBytes(kind: Int) throws {
    for seed in UInt64(0)..<300 {
      #expect(throws: Never.self, "seed \(seed)") {
        try CarryTarget.run(input(kind: kind, seed: seed))
      }
    }
  }
}
