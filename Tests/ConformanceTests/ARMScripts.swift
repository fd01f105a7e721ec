import Conformance
import TestSupport
import TimerModels

/// A machine with the right models.
typealias ARMMachine = GenericTimerMachine<GenericTimer, InterruptController>

/// Runs operations on an Arm machine and returns the one result.
func runARM(
  _ operations: [String], expect: String = "{}", hertz: UInt64 = 62_500_000, cost: UInt64 = 0,
  steps: Int = 20_000
) throws -> ConformanceResult {
  let frequency = try CounterFrequency(hertz: hertz)
  return try result(of: operations, expect) {
    ARMMachine(
      frequency: frequency, costNanoseconds: cost, budget: ConformanceBudget(limit: steps))
  }
}

/// What a variable `x` is after the operations.
func valueARM(
  of operations: String..., hertz: UInt64 = 62_500_000, cost: UInt64 = 0
) throws -> Int128 {
  try observed(in: runARM(operations, expect: #"{"x":"any"}"#, hertz: hertz, cost: cost))
}

/// Writes random operations, all of them words of the grammar, with values that matter.
struct ARMScriptWriter {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  mutating func next() -> UInt64 { random.next() }

  mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int(next() % UInt64(elements.count))]
  }

  /// A script in which everything that is read is reported.
  mutating func script(length: Int) -> (operations: [String], variables: [String]) {
    var operations: [String] = []
    var variables: [String] = []
    var open = 0
    for index in 0..<length {
      if next() % 3 == 0 {
        let variable = "v\(index)"
        operations.append("read \(source()) -> \(variable)")
        variables.append(variable)
      } else if next() % 20 == 0, open < 2 {
        operations.append("repeat \(next() % 4) k\(index)")
        open += 1
      } else if open > 0, next() % 5 == 0 {
        operations.append("end")
        open -= 1
      } else if next() % 12 == 0 {
        operations += waiting(index)
      } else {
        operations.append(operation(index))
      }
    }
    return (operations + Array(repeating: "end", count: open), variables)
  }

  private mutating func source() -> String {
    let plain = [
      "ctl", "enable", "imask", "istatus", "cval", "tval", "cntvct", "cntpct", "cntvoff", "irq",
      "iar", "iar", "hppir", "rpr", "pmr", "bpr", "gicd_ctlr", "gicc_ctlr", "icfgr0", "icfgr1",
      "icfgr2", "isenabler0", "irqs", "spurious", "lastid", "lead", "seq", "typer", "el",
      "boot_ctl", "boot_cval", "boot_icfgr0", "boot_icfgr1", "boot_icfgr2", "boot_isenabler0",
      "boot_prio27", "boot_pmr", "boot_bpr", "boot_gicd_ctlr", "boot_gicc_ctlr",
    ]
    if next() % 3 != 0 { return pick(plain) }
    return pick(["pending", "pending_c", "active", "enabled", "priority", "cfg"]) + " "
      + interrupt()
  }

  private mutating func interrupt() -> String {
    pick([
      "27", "27", "27", "27", "3", "5", "0", "15", "16", "30", "31", "32", "63", "64", "1019",
      "1023", "0xffffffffffffffff",
    ])
  }

  private mutating func number() -> String {
    pick([
      "0", "1", "2", "10", "1000", "10000", "0xa0", "0x40", "0xff", "0x201", "27", "1023",
      "0x7fffffff", "0x80000001", "0xffffffff", "0x100000000", "0x8000000000000000",
      "0xffffffffffffffff", "cntvct", "cntvct+1000", "cntvct-1000", "cval", "cval+1", "cntpct",
      "cntpct+100", "cntvct*1",
    ])
  }

  /// Operations that wait for a deadline, which is near.
  private mutating func waiting(_ index: Int) -> [String] {
    let arm = ["write cval cntvct+\(next() % 3000)", "write ctl 1"]
    let wait = [
      "idle", "bracket istatus -> b\(index) c\(index)", "bracket gicpend -> b\(index) c\(index)",
      "blind irq -> c\(index)",
    ]
    return (next() % 2 == 0 ? ["write gicd_ctlr 1", "write isenabler 27", "set i 1"] : [])
      + arm + [pick(wait)]
  }

  private mutating func operation(_ index: Int) -> String {
    switch next() % 15 {
    case 0: return "write cval cntvct+\(next() % 3000)"
    case 1: return "write ctl \(pick([0, 1, 1, 1, 2, 3, 5, 7]))"
    case 2: return "write tval \(pick(["0", "100", "5000", "0xffffffff", "0x80000000"]))"
    case 3:
      let register = pick([
        "ctl", "cval", "tval", "cntvoff", "pmr", "bpr", "eoir", "dir",
        "gicd_ctlr", "gicc_ctlr",
      ])
      return "write \(register) \(number())"
    case 4:
      let register = pick([
        "isenabler", "icenabler", "ispendr", "icpendr", "isactiver", "icactiver",
      ])
      return "write \(register) \(interrupt())"
    case 5: return "write \(pick(["priority", "cfg"])) \(interrupt()) \(number())"
    case 6: return "sgi \(next() % 18)"
    case 7, 8: return "set i \(next() % 2)"
    case 9: return "write eoir \(pick(["27", "3", "5"]))"
    case 10: return "\(pick(["wait", "spin", "sleep"])) \(next() % 4000)"
    case 11: return "until cntvct\(pick(["+100", "", "-1", "+9999"]))"
    case 12: return "limit \(next() % 50)"
    case 13:
      return "handler "
        + pick([
          "disable", "imask", "rearm 500", "cval 700", "eoi 3", "noeoi",
          "ackdrop", "dropfirst", "rearm 0", "cval 0", "eoi 0",
        ])
    default: return "diff d\(index) = \(number()) - \(number())"
    }
  }
}
