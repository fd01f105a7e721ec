import Conformance
import Testing
import TimerModels

typealias Timer = CountCompareTimer

@Suite("Conformance script interpreter")
struct ConformanceInterpreterTests {
  @Test("Expressions go from left to right, modulo 2^32")
  func expressions() throws {
    #expect(try value(of: "let x = 1+2*3") == 9)
    #expect(try value(of: "let x = 2*3+1") == 7)
    #expect(try value(of: "let x = 10-3-2") == 5)
    #expect(try value(of: "let x = 0-1") == 0xffff_ffff)
    #expect(try value(of: "diff x = 0-1") == -1)
    #expect(try value(of: "diff x = 0x80000000") == -0x8000_0000)
    #expect(try value(of: "let x = 0xffffffff*0xffffffff") == 1)
    #expect(try value(of: "let x = 0x100000005") == 5)
    #expect(try value(of: "let x = 0xFfffFFFF + 2") == 1)
    #expect(try value(of: "let x = 0010") == 10)
    #expect(try value(of: "let x = never", "let y = 0", "let never = 7") == 0)
  }

  @Test("The last assignment decides whether a variable is reported as a signed number")
  func signedness() throws {
    #expect(try value(of: "diff x = 0-1", "let x = x") == 0xffff_ffff)
    #expect(try value(of: "let x = 0-1", "diff x = x") == -1)
    #expect(try value(of: "read compare -> x") == 0x8000_0000)
    #expect(
      try value(
        of: "handler mask", "set ie 1", "write compare count+5", "wait 9",
        "read lead -> x") == 0)
  }

  @Test("Comparisons are of the signed difference, and, or and equality of all bits")
  func relations() throws {
    #expect(try value(of: "ge x = 5 5") == 1)
    #expect(try value(of: "ge x = 0 0xffffffff") == 1)
    #expect(try value(of: "ge x = 0xffffffff 0") == 0)
    #expect(try value(of: "lt x = 0x7fffffff 0xffffffff") == 1)
    #expect(try value(of: "lt x = 4 5") == 1)
    #expect(try value(of: "lt x = 5 5") == 0)
    #expect(try value(of: "eq x = 0x100000001 1") == 1)
    #expect(try value(of: "ne x = 1 2") == 1)
    #expect(try value(of: "ne x = 2 2") == 0)
    #expect(try value(of: "and x = 12 10") == 8)
    #expect(try value(of: "or x = 12 10") == 14)
    #expect(try value(of: "eq x = 1+1 4-2") == 1)
  }

  @Test("Registers in an expression are read at that moment")
  func registers() throws {
    #expect(try value(of: "let x = count") == 0x1000)
    #expect(try value(of: "wait 16", "let x = count+compare") == 0x8000_1010)
    #expect(try value(of: "let count = 5", "let x = count") == 0x1000)
  }

  @Test("Loops count from 0, nest, and may be empty or not run at all")
  func loops() throws {
    #expect(try value(of: "repeat 5 k", "let x = x + k", "end") == 10)
    #expect(
      try value(of: "repeat 3 k", "repeat k j", "let x = x*10+j", "end", "end") == 1)
    #expect(try value(of: "let x = 1", "repeat 0 k", "let x = 2", "end") == 1)
    #expect(try value(of: "repeat 4 x0", "end", "let x = x0") == 3)
    #expect(try value(of: "repeat 2 k", "let k = 9", "let x = x + 1", "end") == 2)
    #expect(try value(of: "let n = 3", "repeat n+1 k", "let n = 9", "let x = x+1", "end") == 4)
  }

  @Test(
    "wait and spin pass exactly so many ticks, whatever the phase",
    arguments: [1, 6_000_000, 33_000_000, 999_999_937, 1_000_000_000] as [UInt64], ["wait", "spin"])
  func ticks(hertz: UInt64, verb: String) throws {
    for ticks in [0, 1, 2, 999, 4096] {
      for nudge in 0..<11 {
        #expect(
          try value(
            of: "nudge \(nudge)", "read count -> _a", "\(verb) \(ticks)", "let x = count - _a",
            hertz: hertz) == Int128(ticks))
      }
    }
  }

  @Test("wait keeps the phase within the tick")
  func phase() throws {
    #expect(try value(of: "nudge 5", "wait 10", "nudge 4", "let x = count") == 0x100a)
    #expect(try value(of: "nudge 5", "wait 10", "nudge 5", "let x = count") == 0x100b)
  }

  @Test("Time passes while Count is stopped")
  func stopped() throws {
    #expect(
      try value(of: "set dc 1", "spin 500", "wait 500", "set dc 0", "let x = count") == 0x1000)
    let result = try run(["set dc 1", "until count+1"])
    #expect(result.error?.operation == 2)
    #expect(result.error?.problem.contains("never end") == true)
    #expect(try value(of: "set dc 1", "until count", "until count - 5", "let x = 1") == 1)
  }

  @Test("until stops on the very tick, and at once when it is past")
  func until() throws {
    for hertz in [33_000_000, 100_000_000, 999_999_937] as [UInt64] {
      #expect(try value(of: "until 0x1234", "let x = count", hertz: hertz) == 0x1234)
      #expect(try value(of: "until count-1", "let x = count", hertz: hertz) == 0x1000)
      #expect(
        try value(of: "write count 0xfffffff0", "until 5", "let x = count", hertz: hertz) == 5)
    }
  }

  @Test("nudge moves by less than a tick where a tick is longer than a nanosecond")
  func nudge() throws {
    #expect(try value(of: "nudge 9", "let x = count") == 0x1000)
    #expect(try value(of: "nudge 10", "let x = count") == 0x1001)
    #expect(try value(of: "nudge 8", "let x = count", hertz: 1_000_000_000) == 0x1008)
    #expect(try value(of: "nudge 7", "let x = count", hertz: 1_000_000) == 0x1000)
    #expect(try value(of: "nudge 8", "let x = count", hertz: 1_000_000) == 0x1001)
  }

  @Test(
    "bracket finds the edge between -1 and 0, blind at 0, near and far",
    arguments: [1, 3, 6_000_000, 33_000_000, 300_000_000, 999_999_937, 1_000_000_000] as [UInt64],
    ["count+1", "count+2", "count+3", "count+10000", "count+0xc0000000", "count-1", "count"])
  func bracket(hertz: UInt64, compare: String) throws {
    for nudge in [0, 3] {
      let arm = ["nudge \(nudge)", "write compare \(compare)"]
      let bracket = try run(
        arm + ["bracket ti -> lo hi"], expect: #"{"lo":-1,"hi":0}"#, hertz: hertz)
      #expect(bracket.isPassed, "\(bracket)")
      let blind = try run(arm + ["blind ti -> hi"], expect: #"{"hi":0}"#, hertz: hertz)
      #expect(blind.isPassed, "\(blind)")
    }
  }

  @Test("Where an operation costs time, bracket is right to one round", arguments: [7, 100, 1000])
  func bracketCost(cost: UInt64) throws {
    for distance in [1, 20, 10_000, 0xc000_0000] {
      let ticks = cost / 10 + 3
      let result = try run(
        ["write compare count+\(distance)", "bracket ti -> lo hi"],
        expect: #"{"lo":{"min":-\#(ticks),"max":0},"hi":{"min":0,"max":\#(ticks)}}"#, cost: cost)
      #expect(result.isPassed, "\(result)")
    }
  }

  @Test("bracket with the bit set already leaves LO alone; with no interrupt to come, it says so")
  func bracketEnds() throws {
    let set = try run(
      ["write compare count+5", "wait 9", "let lo = 77", "bracket ti -> lo hi"],
      expect: #"{"lo":77,"hi":4}"#)
    #expect(set.isPassed, "\(set)")
    let stopped = try run(["set dc 1", "bracket ti -> lo hi"])
    #expect(stopped.error?.operation == 2)
    let acknowledged = try run(["handler ack", "set ie 1", "bracket ti -> lo hi"], steps: 20_000)
    #expect(acknowledged.error != nil)
  }

  @Test("idle sleeps until one more interrupt than at the last idle, and not for one that was")
  func idle() throws {
    #expect(
      try value(
        of: "handler reload 1000", "set ie 1", "write compare count+1000", "idle", "idle",
        "let x = count - 0x1000") == 2000)
    #expect(
      try value(
        of: "handler reload 1000", "set ie 1", "write compare count+1000", "wait 2500", "idle",
        "let x = count - 0x1000") == 2500)
    #expect(
      try value(
        of: "handler reload 1000", "set ie 1", "write compare count+1000", "wait 2500", "idle",
        "idle", "let x = count - 0x1000") == 3000)
    for operations in [
      ["idle"], ["set ie 1", "set im7 0", "idle"], ["set ie 1", "set exl 1", "idle"],
      ["set ie 1", "set dc 1", "idle"], ["set ie 1", "idle", "idle"],
    ] {
      let result = try run(operations)
      #expect(result.error?.operation == operations.count, "\(result)")
      #expect(result.error?.problem.contains("never end") == true)
    }
  }

  @Test("Each handler does what its name says")
  func handlers() throws {
    let prelude = ["set ie 1", "write compare count+10"]
    func observe(_ handler: [String], _ after: [String], _ expect: String) throws {
      let result = try run(handler + prelude + after, expect: expect)
      #expect(result.isPassed, "\(handler): \(result)")
    }
    let look = [
      "wait 100", "read irqs -> n", "read ti -> t", "read im7 -> m", "read hcause_ti -> h",
    ]
    try observe([], look, #"{"n":1,"t":1,"m":0,"h":1}"#)
    try observe(["handler mask"], look, #"{"n":1,"t":1,"m":0,"h":1}"#)
    try observe(["handler ack"], look, #"{"n":1,"t":0,"m":1,"h":1}"#)
    try observe(["handler reload 30"], look, #"{"n":4,"t":0,"m":1,"h":1}"#)
    try observe(["handler none 5"], look, #"{"n":5,"t":1,"m":0,"h":1}"#)
    try observe(["handler none 0"], look, #"{"n":1000,"t":1,"m":0,"h":1}"#)
    try observe(["limit 7", "handler none 50"], look, #"{"n":7,"t":1,"m":0,"h":1}"#)
    try observe(["limit 3", "handler reload 1"], look, #"{"n":3,"t":1,"m":0,"h":1}"#)
    try observe(
      ["handler none 2"], ["wait 20", "handler none 3", "set im7 1"] + look,
      #"{"n":5,"t":1,"m":0,"h":1}"#)
  }

  @Test("Every source reads what it names")
  func sources() throws {
    let result = try run(
      [
        "read boot_ti -> bt", "read boot_dc -> bd", "read boot_compare -> bc",
        "read boot_count -> bn", "read count -> n", "read cc -> cc", "read compare -> c",
        "read cause -> z", "read ccres -> r", "read ipti -> p", "read ie -> e", "read im7 -> m",
        "read exl -> x", "read dc -> d", "write cause 0x08800300", "read cause -> z2",
        "read others -> o", "read dc -> d2", "set dc 0", "read cause -> z3",
        "write compare count+5", "wait 5", "read cause -> z4", "read ip7 -> i", "read line -> l",
        "set exl 1", "set ie 1", "read line -> l2", "read irqs -> q", "read exl -> x2",
        "handler ack", "set exl 0", "read irqs -> q2", "read ie -> e2", "read line -> l3",
      ],
      expect: """
        {"bt":0,"bd":0,"bc":0,"bn":0,"n":4096,"cc":4096,"c":2147483648,"z":0,"r":{"min":1,"max":2},
        "p":7,"e":0,"m":1,"x":0,"d":0,"z2":142607104,"o":3,"d2":1,"z3":8389376,"z4":1082163968,
        "i":1,"l":0,"l2":0,"q":0,"x2":1,"q2":1,"e2":1,"l3":0}
        """)
    #expect(result.isPassed, "\(result)")
  }

  @Test("An operation costs what it is told to, and so does an interrupt")
  func cost() throws {
    #expect(try value(of: "let a = 0", "set ie 0", "let x = count", cost: 10) == 0x1002)
    #expect(try value(of: "repeat 3 k", "end", "let x = count", cost: 10) == 0x1000)
    #expect(
      try value(
        of: "handler ack", "set ie 1", "write compare 0x1100", "until 0x10ff", "let a = 0",
        "let x = count", cost: 50) == 0x110a)
  }

  @Test("Endless work is given up, with the operation that did it")
  func limits() throws {
    for operations in [
      ["repeat 0xffffffff k", "end"], ["repeat 100000 k", "repeat 100000 j", "idle", "end", "end"],
      ["repeat 0xffffffff k", "let x = k", "end"],
    ] {
      let result = try run(operations, steps: 10_000)
      #expect(result.error != nil, "\(operations)")
      #expect(!result.isPassed)
    }
    let result = try run(
      ["repeat 0xffffffff k", "let x = k", "end"], steps: 99)
    #expect(result.error?.problem == "given up after 99 steps")
    #expect(result.error?.operation == 2)
  }

  @Test("Every operation is a step, and as many as are granted may be taken")
  func steps() throws {
    #expect(try run(["let a = 1", "let a = 2"], steps: 2).error == nil)
    #expect(try run(["let a = 1", "let a = 2"], steps: 1).error?.operation == 2)
  }

  @Test("Time that runs out is a fault, not a wrap", arguments: ["wait", "spin", "until count+"])
  func endOfTime(verb: String) throws {
    let separator = verb.hasSuffix("+") ? "" : " "
    let result = try run(
      ["repeat 10 k", "\(verb)\(separator)0x7fffffff", "end"], hertz: 1)
    #expect(result.error?.problem.contains("584 years") == true, "\(result)")
    #expect(result.error?.operation == 2)
  }

  @Test("Expectations of every form hold and fail as they say")
  func expectations() throws {
    for (expect, isMet) in [
      ("5", true), ("6", false), (#"{"min":5,"max":5}"#, true), (#"{"min":6,"max":9}"#, false),
      (#"{"min":0,"max":4}"#, false), (#"{"min":5}"#, true), (#"{"max":4}"#, false),
      (#"{"in":[1,5]}"#, true), (#"{"in":[1,6]}"#, false), (#""any""#, true),
    ] {
      let result = try run(["let a = 5"], expect: "{\"a\":\(expect)}")
      #expect(result.isPassed == isMet, "\(expect)")
    }
    #expect(try run(["let a = 0-1"], expect: #"{"a":4294967295}"#).isPassed)
    #expect(try !run(["let a = 0-1"], expect: #"{"a":-1}"#).isPassed)
    #expect(try run(["diff a = 0-1"], expect: #"{"a":-1}"#).isPassed)
    #expect(try !run(["diff a = 0-1"], expect: #"{"a":18446744073709551615}"#).isPassed)
  }
}
