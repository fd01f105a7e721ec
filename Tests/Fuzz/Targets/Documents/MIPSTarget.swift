import Conformance
import TimerModels

/// Conformance scripts of the Count/Compare timer: parser, interpreter, report.
///
/// *Reaches:* every operation and expression of the grammar, at costs and frequencies from one end to the
/// other. *Does not reach:* scripts whose time would pass 2^64 ns, which the interpreter's limit forbids.
enum MIPSTarget: FuzzTarget {
  static let name = "mips"
  static let weight = 16

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let cost = input.choice(ConformanceCheck.costs)
    let frequency = try CountFrequency(hertz: input.choice(ConformanceCheck.frequencies))
    try ConformanceCheck.run(input.remainder()) {
      CountCompareMachine<CountCompareTimer>(
        frequency: frequency, costNanoseconds: cost, budget: ConformanceCheck.budget)
    }
  }

  static func seeds() throws -> [[UInt8]] { try ConformanceCheck.seeds(from: "mips.json") }

  static var largeInputs: [LargeInput] { ConformanceCheck.largeInputs("read count -> a") }
}
