import Conformance
import TimerModels

/// Conformance scripts of the generic timer and its interrupt controller: parser, interpreter, report.
///
/// *Reaches* and *does not reach* what the target for MIPS does.
enum ARMTarget: FuzzTarget {
  static let name = "arm"
  static let weight = 16

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let cost = input.choice(ConformanceCheck.costs)
    let frequency = try CounterFrequency(hertz: input.choice(ConformanceCheck.frequencies))
    try ConformanceCheck.run(input.remainder()) {
      GenericTimerMachine<GenericTimer, InterruptController>(

        frequency: frequency, costNanoseconds: cost, budget: ConformanceCheck.budget)
    }
  }

  static func seeds() throws -> [[UInt8]] { try ConformanceCheck.seeds(from: "arm.json") }

  static var largeInputs: [LargeInput] { ConformanceCheck.largeInputs("read cntvct -> a") }
}
