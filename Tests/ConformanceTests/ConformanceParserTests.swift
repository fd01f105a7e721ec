import Conformance
import TestSupport
import Testing

@Suite("Conformance script parser")
struct ConformanceParserTests {
  @Test("Both corpora parse completely, each with its own vocabulary only")
  func corpora() throws {
    let mips = try corpusBytes("mips.json")
    let arm = try corpusBytes("arm.json")
    #expect(
      try ConformanceCorpus<MIPSVocabulary>(file: "m", bytes: mips).scenarios.count == 40)
    #expect(try ConformanceCorpus<ARMVocabulary>(file: "a", bytes: arm).scenarios.count == 72)
    #expect(throws: ConformanceError.self) {
      try ConformanceCorpus<ARMVocabulary>(file: "m", bytes: mips)
    }
    #expect(throws: ConformanceError.self) {
      try ConformanceCorpus<MIPSVocabulary>(file: "a", bytes: arm)
    }
  }

  @Test("A scenario is read in a time that grows as its operations")
  func manyNames() throws {
    let ratio = try growth(from: 1000, by: 8) { count in
      let operations = (0..<count).map { "read count -> v\($0)" }
      let corpus = try ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: script(operations))
      #expect(corpus.scenarios[0].variables.count == count)
    }
    #expect(ratio < 24)
  }

  @Test(
    "Every form of the grammar is accepted for MIPS",
    arguments: [
      "read boot_count -> a", "let a = 1 + 0x10*2-count", "diff a=compare-count", "ge a = 1 2",
      "lt a = count+1 compare - 1", "eq a = 0 0", "ne a = 0 0", "and a = 1 1", "or a = 1 1",
      "wait 5", "spin count", "nudge 3", "until compare-3", "idle", "bracket ti -> a b",
      "blind ti -> a", "handler ack", "handler reload 5", "handler mask", "handler none 0x5",
      "limit 7", "write count 1", "write compare count", "write cause 0", "set dc 0", "set ie 1",
      "set im7 0", "set exl 1", "  read   count  ->  a  ", "read ti -> ti", "let read = 1",
    ])
  func accepted(operation: String) throws {
    let corpus = try ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: script([operation]))
    #expect(corpus.scenarios[0].operations.count == 1)
  }

  @Test(
    "Every form of the grammar is accepted for Arm",
    arguments: [
      "sleep 0x1ffff0000", "sgi 3", "read pending 27 -> a", "read pending_c 20+7 -> a",
      "write priority 27 0xff", "write priority 3+1 2*8", "write cfg 27 2", "write eoir 27",
      "write isenabler 27", "set i 0", "handler rearm 5000", "handler cval 5", "handler eoi 5",
      "handler disable", "handler imask", "handler noeoi", "handler ackdrop",
      "handler dropfirst", "bracket istatus -> a b", "bracket gicpend -> a b", "blind irq -> a",
      "let a = cntvct+cntpct-cval*cntfrq", "read boot_prio27 -> a", "read gicc_ctlr -> a",
      "let a = 0xffffffffffffffff",
    ])
  func acceptedForArm(operation: String) throws {
    let corpus = try ConformanceCorpus<ARMVocabulary>(file: "f", bytes: script([operation]))
    #expect(corpus.scenarios[0].operations.count == 1)
  }

  @Test(
    "What is not in the grammar is an error with file, line, scenario and operation",
    arguments: [
      "", "jump 5", "read foo -> a", "read -> a", "read count a", "read count -> 5", "read count",
      "read count -> a b", "let = 5", "let a 5", "let a =", "let a = 5 6", "let a = nowhere",
      "let a = 5 +", "let a = + 5", "let a = -5", "let a = 5 / 2", "let a = (5)", "let a = 0x",
      "let a = 0xg", "let a = 12a", "let a = 99999999999999999999", "let a = ti", "ge a = 1",
      "ge a = 1 2 3", "ge 1 2", "wait", "wait -1", "wait 1 2", "until", "idle 5", "nudge",
      "repeat 5", "repeat k 5", "repeat", "bracket ti -> a", "bracket ti a b", "blind ti -> a b",
      "bracket dc -> a b", "handler", "handler ack 5", "handler reload", "handler sleep",
      "limit", "write count", "write ti 1", "write count 1 2", "set dc", "set dc 2", "set dc a",
      "set dc 01x", "set ti 1", "sleep 5", "sgi 3", "end 5", "read count -> a;", "lét a = 5",
      "READ count -> a", "read\\tcount -> a",
    ])
  func refused(operation: String) throws {
    let operations = ["read count -> _first", operation, "read count -> _last"]
    let error = try #require(throws: ConformanceError.self) {
      try ConformanceCorpus<MIPSVocabulary>(file: "dir/f.json", bytes: script(operations))
    }
    #expect(error.file == "dir/f.json")
    #expect(error.scenario == "x")
    #expect(error.operation == 2, "\(error)")
    #expect(error.line == 4, "\(error)")
    #expect("\(error)".hasPrefix("dir/f.json:4: x, operation 2: "))
  }

  @Test("Words of one architecture are errors for the other")
  func vocabularies() {
    for operation in [
      "write compare 1", "set dc 1", "read cc -> a", "handler ack", "blind ti -> a",
    ] {
      #expect(throws: ConformanceError.self) {
        try ConformanceCorpus<ARMVocabulary>(file: "f", bytes: script([operation]))
      }
    }
    for operation in ["write sgi 1", "read pending -> a", "write priority 5", "handler rearm"] {
      #expect(throws: ConformanceError.self) {
        try ConformanceCorpus<ARMVocabulary>(file: "f", bytes: script([operation]))
      }
    }
  }

  @Test("A repeat without its end, and an end without its repeat, name the operation")
  func loops() throws {
    for (operations, number) in [
      (["idle", "repeat 2 k", "idle"], 2), (["repeat 2 k", "repeat 2 j", "end", "idle"], 1),
      (["idle", "end"], 2), (["repeat 2 k", "end", "end"], 3),
    ] {
      let error = try #require(throws: ConformanceError.self) {
        try ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: script(operations))
      }
      #expect(error.operation == number, "\(error)")
      #expect(error.line == 2 + number)
    }
    let deep = Array(repeating: "repeat 1 k", count: 17) + Array(repeating: "end", count: 17)
    #expect(throws: ConformanceError.self) {
      try ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: script(deep))
    }
    #expect(throws: Never.self) {
      try ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: script(Array(deep[1..<33])))
    }
  }

  @Test("A variable may be used before the operation that assigns it, but something must")
  func variables() throws {
    #expect(throws: Never.self) {
      try ConformanceCorpus<MIPSVocabulary>(
        file: "f", bytes: script(["let a = a + b", "let b = k", "repeat 1 k", "end"]))
    }
    let error = try #require(throws: ConformanceError.self) {
      try ConformanceCorpus<MIPSVocabulary>(
        file: "f", bytes: script(["let a = 1", "let b = a+_c", "let d = _e"]))
    }
    #expect(error.operation == 2)
    #expect(error.problem.contains("_c"))
  }

  @Test(
    "An expectation of what nothing reports, or in no known form, is an error",
    arguments: [
      #"{"b":1}"#, #"{"_a":1}"#, #"{"k":1}"#, #"{"count":1}"#, #"{"a":1.5}"#, #"{"a":"1"}"#,
      #"{"a":{}}"#, #"{"a":{"mim":1}}"#, #"{"a":{"min":1,"x":2}}"#, #"{"a":{"min":"1"}}"#,
      #"{"a":{"in":[]}}"#, #"{"a":{"in":[1,"2"]}}"#, #"{"a":{"in":3}}"#,
      #"{"a":{"in":[1],"min":0}}"#,
      #"{"a":null}"#, #"{"a":true}"#, #"{"a":[1]}"#, #"[]"#, #"5"#,
    ])
  func badExpectations(expect: String) throws {
    let operations = ["let a = 1", "let _a = 1", "repeat 1 k", "end"]
    let error = try #require(throws: ConformanceError.self) {
      try ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: script(operations, expect: expect))
    }
    #expect(error.scenario == "x")
    #expect(error.line == 2)
  }

  @Test(
    "A file of another shape is an error with its line",
    arguments: [
      ("", 1), ("{}", 1), ("[1]", 1), ("[\n[]]", 2), ("[{}]", 1), ("[\n{\"id\":5}]", 2),
      ("[{\"id\":\"x\",\n\"title\":5,\"ops\":[],\"expect\":{}}]", 2),
      ("[{\"id\":\"x\",\"title\":\"\",\n\"ops\":{},\"expect\":{}}]", 2),
      ("[{\"id\":\"x\",\"title\":\"\",\"ops\":[\n\n5],\"expect\":{}}]", 3),
      ("[{\"id\":\"x\",\"title\":\"\",\"ops\":[]}]", 1),
      ("[{\"id\":\"x\",\"title\":\"\",\"expect\":{}}]", 1), ("[\n\n{\"a\":1,\"a\":2}]", 3),
      ("[] x", 1),
    ])
  func badShape(text: String, line: Int) throws {
    let error = try #require(throws: ConformanceError.self) {
      try ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: Array(text.utf8))
    }
    #expect(error.line == line, "\(error)")
  }

  @Test("Truncated and damaged scripts are read or refused, and what is read runs to an end")
  func damage() throws {
    let sample = script(
      [
        "write compare count+20", "repeat 3 k", "wait k*3", "end", "bracket ti -> lo hi",
        "read ti -> t",
      ], expect: #"{"t":1,"lo":{"min":-1},"hi":{"in":[0]}}"#)
    var readable = 0
    func attempt(_ bytes: [UInt8]) {
      guard let corpus = try? ConformanceCorpus<MIPSVocabulary>(file: "f", bytes: bytes) else {
        return
      }
      readable += 1
      let report = corpus.run { CountCompareMachine<Timer>(budget: .init(limit: 5000)) }
      #expect(report.results.count == corpus.scenarios.count)
    }
    for length in 0..<sample.count { attempt(Array(sample[..<length])) }
    #expect(readable == 0)
    for index in sample.indices {
      for byte in Array(" 0x9-+*_aek\"".utf8) {
        var damaged = sample
        damaged[index] = byte
        attempt(damaged)
      }
    }
    #expect(readable > 100)
  }
}
