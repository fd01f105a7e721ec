import JSON
import Testing

@testable import Experiments
@testable import VMM

/// What was seen, judged and drawn; no KVM is needed.
@Suite("Listings of injections")
struct InjectionListingTests {
  private func outcome(
    _ taken: [UInt64], _ end: InjectionOutcome.End = .exited(code: 1), output: UInt64 = 7
  ) -> InjectionOutcome {
    var outcome = InjectionOutcome()
    (outcome.taken, outcome.end, outcome.output) = (taken, end, output)
    return outcome
  }

  private func row(
    _ address: UInt64, _ hold: InjectionRow.Hold = .none, raised: Int = 0, visit: Int = 0,
    isHalted: Bool = false, outcome: InjectionOutcome
  ) -> InjectionRow {
    InjectionRow(
      address: address, bytes: [0xfb, 0x90, 0xf4, 0xfa], visit: visit, raised: raised,
      isHalted: isHalted, hold: hold, outcome: outcome)
  }

  private func result(_ rows: [InjectionRow], raises: Int = 1) -> InjectionResult {
    var result = InjectionResult(
      interrupt: .line(4), reference: outcome([0x1003]), raises: raises)
    result.rows = rows
    result.isComplete = true
    return result
  }

  private let names: [UInt64: String] = [
    0x1000: "open", 0x1001: "open+0x1", 0x1002: "open+0x2", 0x1003: "open+0x3",
  ]

  @Test("the listing draws where an interrupt waits, and where it is taken")
  func drawing() {
    let rows = [
      row(0x1000, .closed, outcome: outcome([], .halted(at: 0x1003, isInterruptible: true))),
      row(0x1001, .afterSTI, outcome: outcome([0x1002])), row(0x1002, outcome: outcome([0x1002])),
      row(0x1003, isHalted: true, outcome: outcome([0x1003])),
      row(0x1003, raised: 1, visit: 1, outcome: outcome([], .exited(code: 1))),
      row(0x1002, raised: 1, visit: 1, outcome: outcome([0x1002, 0x1002])),
    ]
    #expect(
      InjectionListing(result(rows), names).text == """
        line 4, raised once where it halts: exit 1, taken 1
        6 boundaries, 1 unlike those around
        001000    fb                     open                        x closed, never
        001001    fb                     open+0x1                    | sti, until 1002
        001002    fb                     open+0x2                    v here
        001003    fb 90 f4 fa            open+0x3 (halted)           * here
        001003    fb 90 f4 fa            open+0x3                    x never
        001002    fb                     open+0x2                    ! here, DOUBLED (taken 2, exit 1)

        """)
  }

  @Test(
    "an interrupt that is moved is taken as often and ends as it did; one more is taken once at most"
  )
  func faults() {
    func fault(_ row: InjectionRow, raises: Int = 1) -> InjectionResult.Fault? {
      result([row], raises: raises).faults[0]
    }
    #expect(fault(row(0x1000, outcome: outcome([0x1000]))) == nil)
    #expect(fault(row(0x1000, outcome: outcome([]))) == .lost)
    #expect(fault(row(0x1000, .closed, outcome: outcome([]))) == nil)
    #expect(fault(row(0x1000, outcome: outcome([0x1000, 0x1000]))) == .doubled)
    #expect(fault(row(0x1000, outcome: outcome([0x1000, 0x1000])), raises: 2) == nil)
    #expect(fault(row(0x1000, outcome: outcome([0x1000], .exited(code: 2)))) == .otherEnd)
    #expect(fault(row(0x1000, outcome: outcome([0x1000], output: 8))) == .otherEnd)
    // Behind the last of the walk: the guest may count it, or not live to see it.
    #expect(fault(row(0x1000, raised: 1, outcome: outcome([0x1000], .exited(code: 2)))) == nil)
    #expect(fault(row(0x1000, raised: 1, outcome: outcome([]))) == nil)
    #expect(fault(row(0x1000, raised: 1, outcome: outcome([0x1000], .reset))) == .otherEnd)
    #expect(fault(row(0x1000, raised: 1, outcome: outcome([0x1000, 0x1000]))) == .doubled)
  }

  private func record(_ rows: [InjectionRow], guest: String = "toy") -> InjectionRecord {
    InjectionRecord(
      result(rows), guest: guest, host: KernelUnderTest(release: "6.1", module: "kvm_amd"),
      names: names)
  }

  @Test("a record is read as it was written")
  func roundTrip() throws {
    let ends: [InjectionOutcome.End] = [
      .exited(code: .max), .halted(at: .max, isInterruptible: false), .reset, .endless,
      .failed("why"),
    ]
    let record = record(
      ends.map { row(0x1000, .afterMovSS, raised: 3, outcome: outcome([.max], $0)) })
    let text = record.json.text(.pretty)
    #expect(try InjectionRecord(parsing: Array(text.utf8)) == record)
  }

  @Test("what is not a record is refused with its line, wherever it is wrong")
  func damage() throws {
    let text = record([row(0x1000, outcome: outcome([0x1000]))]).json.text(.pretty)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for index in lines.indices where lines[index].contains(": ") && !lines[index].contains("fault")
    {
      var damaged = lines
      damaged[index] =
        String(lines[index].prefix { $0 != ":" })
        + ": -1.5" + (lines[index].hasSuffix(",") ? "," : "")
      if lines[index].hasSuffix("[") || lines[index].hasSuffix("{") { continue }
      // A place without a name is one that has none.
      if lines[index].contains("\"place\"") { continue }
      #expect(throws: JSONError.self, "\(lines[index])") {
        try InjectionRecord(parsing: Array(damaged.joined(separator: "\n").utf8))
      }
    }
    let digits = String(repeating: "0", count: 32)
    for bytes in ["", "[]", "{}", "{\"host\": 1}"] {
      #expect(throws: JSONError.self) { try InjectionRecord(parsing: Array(bytes.utf8)) }
    }
    let long = lines.map { $0.contains("\"bytes\"") ? "\"bytes\": \"\(digits)\"," : $0 }
    #expect(throws: JSONError.self) {
      try InjectionRecord(parsing: Array(long.joined(separator: "\n").utf8))
    }
  }

  @Test("hosts stand side by side, and what differs is marked")
  func sideBySide() throws {
    let one = record([
      row(0x1000, outcome: outcome([0x1000])), row(0x1001, outcome: outcome([0x1003])),
    ])
    let other = record([
      row(0x1000, outcome: outcome([0x1000])), row(0x1001, outcome: outcome([0x1002])),
    ])
    let sides = try #require(InjectionSideBySide([one, other]))
    #expect(sides.differences == 1)
    #expect(
      sides.text == """
        1: kvm_amd 6.1
        2: kvm_amd 6.1
                                                 1                   2
        1000      open                           here                here
        1001      open+0x1                    <> until 1003          until 1002
        1 of 2 boundaries differ

        """)
    #expect(InjectionSideBySide([one, record([], guest: "other")]) == nil)
    #expect(InjectionSideBySide([]) == nil)
    // A boundary that one of them was not stopped at.
    #expect(InjectionSideBySide([one, record([])])?.differences == 2)
  }

  @Test("what is raised has one spelling")
  func interrupts() {
    #expect(InjectedInterrupt("nmi") == .nmi)
    #expect(InjectedInterrupt("0") == .line(0))
    #expect(InjectedInterrupt("23") == .line(23))
    for text in ["", "24", "-1", "+1", "04", "NMI", "4 ", "0x4"] {
      #expect(InjectedInterrupt(text) == nil, "\(text)")
    }
  }
}
