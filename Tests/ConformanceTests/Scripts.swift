import Conformance
import Glibc
import TimerModels

/// The bytes of a corpus in `Corpora` beside this file.
func corpusBytes(_ name: String) throws -> [UInt8] {
  let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
  guard let file = fopen("/\(folder)/Corpora/\(name)", "r") else { throw MissingFile(name: name) }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
    bytes += buffer[..<count]
  }
  return bytes
}

struct MissingFile: Error {
  var name: String
}

/// A script with one scenario on its lines 2 and following, each operation on a separate line.
func script(_ operations: [String], expect: String = "{}") -> [UInt8] {
  let ops = operations.map { "\"\($0)\"" }.joined(separator: ",\n")
  return Array("[\n{\"id\":\"x\",\"title\":\"t\",\"expect\":\(expect),\"ops\":[\n\(ops)\n]}]".utf8)
}

/// Runs the one scenario of a script on a machine.
func result<Machine: ConformanceMachine>(
  of operations: [String], _ expect: String, on makeMachine: () -> Machine
) throws -> ConformanceResult {
  try ConformanceCorpus<Machine.Vocabulary>(
    file: "x.json", bytes: script(operations, expect: expect)
  ).run(on: makeMachine).results[0]
}

/// What a variable `x` was in the end, in a result of a script that expects anything of it.
func observed(in result: ConformanceResult) throws -> Int128 {
  if let error = result.error { throw error }
  return result.checks[0].observed
}

/// Runs operations on a MIPS machine and returns the one result.
func run<Timer: CountCompareRules>(
  _ operations: [String], expect: String = "{}", on _: Timer.Type = CountCompareTimer.self,
  hertz: UInt64 = 100_000_000, cost: UInt64 = 0, steps: Int = 1_000_000
) throws -> ConformanceResult {
  let frequency = try CountFrequency(hertz: hertz)
  return try result(of: operations, expect) {
    CountCompareMachine<Timer>(
      frequency: frequency, costNanoseconds: cost, budget: ConformanceBudget(limit: steps))
  }
}

/// What a variable `x` is after the operations.
func value<Timer: CountCompareRules>(
  of operations: String..., on timer: Timer.Type = CountCompareTimer.self,
  hertz: UInt64 = 100_000_000, cost: UInt64 = 0
) throws -> Int128 {
  try observed(
    in: run(operations, expect: #"{"x":"any"}"#, on: timer, hertz: hertz, cost: cost))
}
