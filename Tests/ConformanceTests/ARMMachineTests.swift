import Conformance
import Testing
import TimerModels

@Suite("ARM machine of the conformance runner")
struct ARMMachineTests {
  private func observe(
    _ operations: [String], _ expect: String, cost: UInt64 = 0,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try runARM(operations, expect: expect, cost: cost)
    #expect(result.isPassed, "\(result)", sourceLocation: location)
  }

  private func endless(_ operations: [String], _ location: SourceLocation = #_sourceLocation) throws
  {
    let result = try runARM(operations)
    #expect(result.error?.operation == operations.count, "\(result)", sourceLocation: location)
    #expect(
      result.error?.problem.contains("never end") == true, "\(result)", sourceLocation: location)
  }

  @Test("The start state is the grammar's")
  func startState() throws {
    try observe(
      [
        "read ctl -> c", "read enable -> e", "read cval -> v", "read cntvoff -> o",
        "read cntvct -> n", "read cntpct -> p", "read cntfrq -> f", "read isenabler0 -> i",
        "read enabled 32 -> s", "read pending 27 -> q", "read active 27 -> a",
        "read priority 27 -> y", "read priority 3 -> y3", "read priority 63 -> y63",
        "read cfg 27 -> g", "read cfg 3 -> g3", "read pmr -> m", "read bpr -> b",
        "read gicd_ctlr -> d", "read gicc_ctlr -> h", "read irqs -> r", "read seq -> w",
        "read rpr -> u", "read hppir -> k", "read boot_pmr -> bm", "read boot_prio27 -> by",
        "read boot_isenabler0 -> bi", "read boot_gicd_ctlr -> bd", "read boot_cval -> bv",
      ],
      """
      {"c":0,"e":0,"v":18446744073709551615,"o":0,"n":100000,"p":100000,"f":62500000,
      "i":134283263,"s":0,"q":0,"a":0,"y":160,"y3":160,"y63":160,"g":0,"g3":2,"m":255,"b":0,
      "d":1,"h":1,"r":0,"w":0,"u":255,"k":1023,"bm":0,"by":0,"bi":65535,"bd":0,"bv":0}
      """)
  }

  @Test("PSTATE.I set is how it starts: nothing is taken before it is cleared")
  func masked() throws {
    let arm = ["write cval 1", "write ctl 1", "wait 100", "read irqs -> a", "read irq -> i"]
    try observe(arm + ["set i 0", "read irqs -> b"], #"{"a":0,"i":1,"b":1}"#)
    try observe(["set i 0", "set i 1"] + arm, #"{"a":0,"i":1}"#)
  }

  @Test("Each handler does what its name says")
  func handlers() throws {
    let look = [
      "write cval cntvct+10", "write ctl 1", "set i 0", "wait 1000", "read irqs -> n",
      "read spurious -> s", "read enable -> e", "read imask -> m", "read active 27 -> a",
      "read lastid -> l",
    ]
    func observe(_ handler: String, _ expect: String) throws {
      try self.observe([handler] + look, expect)
    }
    try observe("wait 0", #"{"n":1,"s":0,"e":0,"m":0,"a":0,"l":27}"#)
    try observe("handler disable", #"{"n":1,"s":0,"e":0,"m":0,"a":0,"l":27}"#)
    try observe("handler imask", #"{"n":1,"s":0,"e":1,"m":1,"a":0,"l":27}"#)
    try observe("handler rearm 100", #"{"n":10,"s":0,"e":1,"m":0,"a":0,"l":27}"#)
    try observe("handler cval 100", #"{"n":10,"s":0,"e":1,"m":0,"a":0,"l":27}"#)
    try observe("handler eoi 7", #"{"n":7,"s":0,"e":1,"m":0,"a":0,"l":27}"#)
    try observe("handler noeoi", #"{"n":1,"s":0,"e":1,"m":0,"a":1,"l":27}"#)
    try observe("handler ackdrop", #"{"n":1,"s":0,"e":0,"m":0,"a":0,"l":27}"#)
    try observe("handler dropfirst", #"{"n":0,"s":1,"e":0,"m":0,"a":0,"l":1023}"#)
    try observe("limit 4", #"{"n":1,"s":0,"e":0,"m":0,"a":0,"l":27}"#)
    try self.observe(["limit 4", "handler eoi 50"] + look, #"{"n":4}"#)
    try self.observe(["handler eoi 5000"] + look, #"{"n":1000}"#)
    try self.observe(["handler rearm 0"] + look, #"{"n":1000}"#)
  }

  @Test("An interrupt that is not the timer's is ended at once, whatever the handler")
  func otherInterrupts() throws {
    for handler in ["disable", "imask", "noeoi", "eoi 1", "ackdrop", "rearm 5", "cval 5"] {
      try observe(
        [
          "handler \(handler)", "sgi 5", "sgi 3", "write ctl 3", "set i 0", "read irqs -> n",
          "read active 5 -> a", "read ctl -> c", "read seq -> q", "sgi 1", "read seq -> q2",
        ],
        #"{"n":2,"a":0,"c":3,"q":305,"q2":30501}"#)
    }
    try observe(
      ["handler dropfirst", "write ctl 3", "set i 0", "sgi 9", "read irqs -> n", "read ctl -> c"],
      #"{"n":1,"c":0}"#)
  }

  @Test("lead is CNTVCT - CVAL at the entry, before the handler has cost anything")
  func lead() throws {
    let arm = ["write cval cntvct+1000", "write ctl 1", "set i 0"]
    try observe(arm + ["wait 5000", "read lead -> x"], #"{"x":0}"#, cost: 160)
    try observe(
      ["write cval cntvct+1000", "write ctl 1", "wait 1500", "set i 0", "read lead -> x"],
      #"{"x":500}"#)
    try observe(["sgi 3", "write cval cntvct+7", "set i 0", "read lead -> x"], #"{"x":-7}"#)
  }

  @Test("A WFI ends when IRQ is asserted, taken or not, and says so when it never will be")
  func idle() throws {
    let arm = ["write cval cntvct+1000", "write ctl 1", "let _a = cntvct"]
    try observe(
      arm + ["idle", "diff x = cntvct - _a", "read irqs -> n"], #"{"x":1000,"n":0}"#)
    try observe(
      arm + ["set i 0", "idle", "diff x = cntvct - _a", "read irqs -> n"], #"{"x":1000,"n":1}"#)
    try observe(
      ["sgi 3", "let _a = cntvct", "idle", "idle", "diff x = cntvct - _a"], #"{"x":0}"#)
    try endless(["idle"])
    try endless(["write cval cntvct+1000", "idle"])
    try endless(["write cval cntvct+1000", "write ctl 3", "idle"])
    try endless(["write cval cntvct+1000", "write ctl 1", "write icenabler 27", "idle"])
    try endless(["write ctl 1", "idle"])
    try endless(["write cval cntvct+9", "write ctl 1", "set i 0", "idle", "idle"])
  }

  @Test(
    "bracket finds the edge between -1 and 0, blind at 0, near and far",
    arguments: [3, 1_000_000, 19_200_000, 62_500_000, 300_000_000, 999_999_937, 1_000_000_000]
      as [UInt64],
    ["cntvct+1", "cntvct+2", "cntvct+3", "cntvct+10000", "cntvct+0x100000000"])
  func bracket(hertz: UInt64, compare: String) throws {
    for nudge in [0, 3] {
      for sample in ["istatus", "gicpend", "irq"] {
        let arm = ["nudge \(nudge)", "write cval \(compare)", "write ctl 1"]
        let bracket = try runARM(
          arm + ["bracket \(sample) -> lo hi"], expect: #"{"lo":-1,"hi":0}"#, hertz: hertz)
        #expect(bracket.isPassed, "\(bracket)")
        let blind = try runARM(
          arm + ["blind \(sample) -> hi"], expect: #"{"hi":0}"#, hertz: hertz)
        #expect(blind.isPassed, "\(blind)")
      }
    }
  }

  @Test("ISTATUS of a masked timer has an edge too; what can never be sampled as 1 is an error")
  func bracketOfTheCondition() throws {
    try observe(
      ["write cval cntvct+500", "write ctl 3", "bracket istatus -> lo hi"], #"{"lo":-1,"hi":0}"#)
    try observe(
      ["write cval cntvct-5", "write ctl 1", "let lo = 77", "bracket istatus -> lo hi"],
      #"{"lo":77,"hi":5}"#)
    try endless(["write cval cntvct+500", "write ctl 3", "blind irq -> hi"])
    try endless(["write cval cntvct+500", "write ctl 1", "set i 0", "bracket gicpend -> lo hi"])
    try endless(["bracket istatus -> lo hi"])
  }

  @Test("until stops on the very tick, also across a wrap of the virtual count")
  func until() throws {
    for hertz in [3, 62_500_000, 999_999_937] as [UInt64] {
      #expect(try valueARM(of: "until 123456", "let x = cntvct", hertz: hertz) == 123_456)
      #expect(try valueARM(of: "until 5", "let x = cntvct", hertz: hertz) == 100_000)
      #expect(
        try valueARM(of: "write cntvoff cntpct+100", "until 5", "let x = cntvct", hertz: hertz)
          == 5)
    }
  }

  @Test("Numbers of interrupts that do not exist read as 0 and write nothing")
  func noSuchInterrupt() throws {
    for number in ["64", "1019", "1020", "1023", "0xffffffffffffffff"] {
      try observe(
        [
          "write ispendr \(number)", "write isenabler \(number)", "write priority \(number) 1",
          "write cfg \(number) 2", "read pending \(number) -> p", "read enabled \(number) -> e",
          "read priority \(number) -> y", "read cfg \(number) -> c", "read hppir -> h",
        ],
        #"{"p":0,"e":0,"y":0,"c":0,"h":1023}"#)
    }
  }

  @Test("A write of one bit or field leaves its neighbours alone")
  func neighbours() throws {
    try observe(
      [
        "write cfg 40 2", "write cfg 41 2", "write cfg 40 0", "read cfg 41 -> c41",
        "read cfg 40 -> c40", "write priority 28 0x55", "read priority 27 -> y27",
        "read priority 28 -> y28", "write isenabler 33", "write isenabler 34", "write icenabler 33",
        "read enabled 34 -> e34", "read enabled 33 -> e33",
      ],
      #"{"c41":2,"c40":0,"y27":160,"y28":85,"e34":1,"e33":0}"#)
  }

  @Test("A script that is not in the grammar is an error with its operation")
  func errors() throws {
    for (operation, fragment) in [
      ("read count -> x", "count"), ("set ie 1", "ie"), ("sgi", "missing"),
      ("write iar 1", "iar"), ("write sgi 1", "sgi"), ("handler reload 1", "reload"),
      ("bracket ti -> a b", "ti"), ("read pending -> x", "missing"), ("set i 2", "0 or 1"),
      ("dream 5", "dream"), ("let x = y", "y"),
    ] {
      let error = try #require(throws: ConformanceError.self) {
        try runARM(["wait 1", operation])
      }
      #expect(error.operation == 2 && error.scenario == "x" && error.file == "x.json")
      #expect(error.problem.contains(fragment), "\(error)")
    }
  }
}
