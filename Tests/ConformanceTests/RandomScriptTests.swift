import BugMuseum
import Conformance
import TestSupport
import Testing
import TimerModels

@Suite("Random conformance scripts")
struct RandomScriptTests {
  private func expression(_ random: inout SplitMix64) -> String {
    let terms = [
      "count", "compare", "a", "b", "k", "0", "1", "7", "1000", "0x80000000", "0xffffffff",
    ]
    let first = terms.randomElement(using: &random) ?? "0"
    guard random.next() % 2 == 0 else { return first }
    let joint = ["+", "-", "*"].randomElement(using: &random) ?? "+"
    return first + joint + (terms.randomElement(using: &random) ?? "0")
  }

  private func operation(_ random: inout SplitMix64) -> String {
    let value = expression(&random)
    switch random.next() % 20 {
    case 0: return "read \(["ti", "count", "lead", "line"][Int(random.next() % 4)]) -> a"
    case 1: return "let b = \(value)"
    case 2: return "diff a = \(value)"
    case 3: return "ge b = \(value) count"
    case 4: return "wait \(random.next() % 5000)"
    case 5: return "spin \(value)"
    case 6: return "nudge \(value)"
    case 7: return "until \(value)"
    case 8: return "idle"
    case 9: return "bracket ti -> a b"
    case 10: return "blind ti -> a"
    case 11: return "handler \(["ack", "mask"][Int(random.next() % 2)])"
    case 12: return "handler \(["reload", "none"][Int(random.next() % 2)]) \(value)"
    case 13: return "limit \(value)"
    case 14: return "write compare \(value)"
    case 15: return "write count \(value)"
    case 16: return "write cause \(value)"
    default:
      let flag = ["dc", "ie", "im7", "exl", "ie"][Int(random.next() % 5)]
      return "set \(flag) \(random.next() % 2)"
    }
  }

  private func operations(_ random: inout SplitMix64) -> [String] {
    var operations = ["let a = 0", "let b = 0", "repeat 1 k", "end"]
    var depth = 0
    for _ in 0..<40 {
      switch random.next() % 12 {
      case 0 where depth < 3:
        operations.append("repeat \(random.next() % 4) k")
        depth += 1
      case 1 where depth > 0:
        operations.append("end")
        depth -= 1
      default: operations.append(operation(&random))
      }
    }
    return operations + Array(repeating: "end", count: depth)
  }

  @Test("Any script of the grammar ends, with a result or a fault that names the operation")
  func anyScriptEnds() throws {
    var finished = 0
    for seed in UInt64(0)..<400 {
      var random = SplitMix64(seed: seed)
      let frequencies: [UInt64] = [1, 33_000_000, 100_000_000, 999_999_937, 1_000_000_000]
      let hertz = frequencies.randomElement(using: &random)
      let result = try run(
        operations(&random), hertz: hertz ?? 1, cost: random.next() % 3 * 50, steps: 3000)
      if let error = result.error {
        #expect(error.operation != nil, "seed \(seed)")
      } else {
        finished += 1
      }
    }
    #expect(finished > 20)
  }

  /// How many random scripts got to the end, and how many saw Count past Compare and TI clear.
  private func silentMatches<Timer: CountCompareRules>(
    on timer: Timer.Type
  ) throws -> (finished: Int, wrong: [UInt64]) {
    var finished = 0
    var wrong: [UInt64] = []
    for seed in UInt64(1000)..<1200 {
      var random = SplitMix64(seed: seed)
      let before = operations(&random)
      let distance = 1 + random.next() % 300
      let rest = [
        "set ie 0", "set dc 0", "write compare count+\(distance)",
        "nudge \((distance * 10).advanced(by: Int(random.next() % 20) - 5))",
        "read count -> _c", "read ti -> _t", "ge _p = _c compare", "eq wrong = _t 1-_p",
      ]
      let result = try run(
        before + rest, expect: #"{"wrong":0}"#, on: timer, cost: random.next() % 3, steps: 5000)
      if result.error == nil { finished += 1 }
      if result.error == nil && !result.isPassed { wrong.append(seed) }
    }
    return (finished, wrong)
  }

  @Test("After any script, Count at or past Compare under a clear TI is never seen")
  func nothingPassesSilently() throws {
    let right = try silentMatches(on: CountCompareTimer.self)
    #expect(right.finished > 20)
    #expect(right.wrong.isEmpty, "seeds")
    #expect(try !silentMatches(on: FreezeLostInterrupt.self).wrong.isEmpty)
  }
}
