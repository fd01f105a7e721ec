import Testing
import TimerModels

/// A situation in which each acceptance scenario is run.
struct AcceptanceRow: CustomTestStringConvertible, Sendable {
  var channel: GenericTimerChannel
  /// Whether everything is saved and restored after every step of the scenario.
  var isCheckpointing: Bool

  var testDescription: String { "\(channel)\(isCheckpointing ? ", checkpointing" : "")" }

  static let all = GenericTimerChannel.allCases.flatMap {
    [
      AcceptanceRow(channel: $0, isCheckpointing: false),
      AcceptanceRow(channel: $0, isCheckpointing: true),
    ]
  }
}

/// A bench with interrupts on, and a count that started 100 s ago.
struct AcceptanceRun {
  let row: AcceptanceRow
  private(set) var bench: RightBench

  init(_ row: AcceptanceRow, handler: RightBench.Handler = .mask) throws {
    self.row = row
    bench = try RightBench(at: Instant(nanoseconds: 777), hertz: 62_500_000)
    bench.advance(to: Instant(nanoseconds: 100_000_000_000))
    bench.handler = handler
    bench.maskInterrupts(false)
  }

  var count: UInt64 { bench.read(.counter(row.channel)) }
  var control: UInt64 { bench.read(.control(row.channel)) }
  var compare: UInt64 { bench.read(.compareValue(row.channel)) }
  var remaining: Int32 { Int32(truncatingIfNeeded: bench.read(.timerValue(row.channel))) }
  var interrupts: Int { bench.taken.count { $0.id == row.channel.defaultInterrupt } }
  var isPending: Bool { bench.isPending(row.channel.defaultInterrupt) }

  private mutating func checkpoint() {
    guard row.isCheckpointing, let state = bench.controller?.state else { return }
    bench.restore(registers: bench.timer.registers, state: state)
  }

  mutating func write(control: UInt64) {
    bench.write(.control(row.channel), control)
    checkpoint()
  }

  mutating func write(compare: UInt64) {
    bench.write(.compareValue(row.channel), compare)
    checkpoint()
  }

  mutating func write(remaining: Int32) {
    bench.write(.timerValue(row.channel), UInt64(UInt32(bitPattern: remaining)))
    checkpoint()
  }

  mutating func moveVirtualCount(to count: UInt64) throws {
    try bench.hostWrite(.counter(.virtual), count)
    checkpoint()
  }

  mutating func advance(ticks: UInt64) {
    bench.advance(ticks: ticks)
    checkpoint()
  }

  mutating func maskInterrupts() { bench.maskInterrupts(true) }
}

@Suite("Generic timer, acceptance")
struct GenericTimerAcceptanceTests {
  @Test("It fires when the count reaches CVAL, and not a tick before", arguments: AcceptanceRow.all)
  func firesAtCompare(row: AcceptanceRow) throws {
    for usesTimerValue in [false, true] {
      var run = try AcceptanceRun(row)
      if usesTimerValue { run.write(remaining: 1000) } else { run.write(compare: run.count + 1000) }
      run.write(control: 1)
      #expect(run.control == 1)
      run.advance(ticks: 999)
      #expect(!run.isPending && run.interrupts == 0 && run.remaining == 1)
      run.advance(ticks: 1)
      #expect(run.interrupts == 1 && run.control == 7 && run.remaining == 0)
      let frequency = run.bench.timer.registers.frequency
      let tick = run.compare + run.bench.timer.registers.offset(of: row.channel)
      #expect(run.bench.taken.first?.time == frequency.instant(ofTick: tick))
    }
  }

  @Test("A TVAL of 0 or less fires at once", arguments: AcceptanceRow.all)
  func timerValueInThePast(row: AcceptanceRow) throws {
    for value in [0, -1, Int32.min] {
      var run = try AcceptanceRun(row)
      run.write(remaining: value)
      run.write(control: 1)
      #expect(run.interrupts == 1, "TVAL \(value)")
    }
  }

  @Test("A CVAL in the past, 0 included, fires at once", arguments: AcceptanceRow.all)
  func compareInThePast(row: AcceptanceRow) throws {
    for distance: UInt64 in [0, 1, 1000, .max] {
      var run = try AcceptanceRun(row)
      run.write(compare: distance == .max ? 0 : run.count - distance)
      run.write(control: 1)
      #expect(run.interrupts == 1, "\(distance) ticks ago")
    }
  }

  @Test(
    "A far CVAL does not fire early, though TVAL reads as if it had", arguments: AcceptanceRow.all)
  func farCompare(row: AcceptanceRow) throws {
    for (factor, limit) in [(1, 0), (2, 100)] as [(UInt64, Int32)] {
      var run = try AcceptanceRun(row)
      let distance = factor * UInt64(Int32.max) + 100
      run.write(compare: run.count + distance)
      run.write(control: 1)
      #expect(run.remaining <= limit && run.control == 1)
      run.advance(ticks: distance - 1)
      #expect(run.interrupts == 0)
      run.advance(ticks: 1)
      #expect(run.interrupts == 1)
    }
  }

  @Test("A TVAL that reaches back beyond the count's start wraps CVAL and does not fire")
  func timerValueBeforeTheStart() throws {
    var run = try AcceptanceRun(AcceptanceRow(channel: .virtual, isCheckpointing: true))
    try run.moveVirtualCount(to: 62_500)
    run.write(remaining: -625_000)
    run.write(control: 1)
    #expect(run.compare == UInt64.max - 562_499)
    #expect(run.control == 1 && run.remaining < 0)
    run.advance(ticks: 1_000_000)
    #expect(run.interrupts == 0)
  }

  @Test("TVAL 0 continues to count down below 0", arguments: AcceptanceRow.all)
  func timerValueGoesNegative(row: AcceptanceRow) throws {
    var run = try AcceptanceRun(row)
    run.write(remaining: 0)
    run.advance(ticks: 5)
    #expect(run.remaining == -5)
    run.write(control: 1)
    #expect(run.remaining == -5 && run.interrupts == 1)
  }

  @Test("Moving the count ahead of CVAL fires, moving it back behind CVAL does not")
  func movedCount() throws {
    for isCheckpointing in [false, true] {
      var run = try AcceptanceRun(
        AcceptanceRow(channel: .virtual, isCheckpointing: isCheckpointing))
      run.write(compare: run.count + 1_000_000)
      run.write(control: 1)
      try run.moveVirtualCount(to: run.compare - 1000)
      #expect(run.interrupts == 0)
      try run.moveVirtualCount(to: run.compare + 1000)
      #expect(run.interrupts == 1)
      try run.moveVirtualCount(to: run.compare - 1000)
      run.write(control: 1)
      #expect(run.interrupts == 1 && run.control == 1)
      run.advance(ticks: 1000)
      #expect(run.interrupts == 2)
    }
  }

  @Test("A deadline moved nearer or further away counts from then on", arguments: AcceptanceRow.all)
  func reprogrammed(row: AcceptanceRow) throws {
    for (first, second) in [(10_000, 1_000), (1_000, 10_000)] as [(UInt64, UInt64)] {
      var run = try AcceptanceRun(row)
      let start = run.count
      run.write(compare: start + first)
      run.write(control: 1)
      run.advance(ticks: 500)
      run.write(compare: start + second)
      run.advance(ticks: second - 501)
      #expect(run.interrupts == 0)
      run.advance(ticks: 1)
      #expect(run.interrupts == 1)
    }
  }

  @Test("It fires ten times in a row, masked and unmasked each time", arguments: AcceptanceRow.all)
  func firesTenTimes(row: AcceptanceRow) throws {
    var run = try AcceptanceRun(row)
    for round in 1...10 {
      run.write(remaining: 100)
      run.write(control: 1)
      run.advance(ticks: 99)
      #expect(run.interrupts == round - 1)
      run.advance(ticks: 50)
      #expect(run.interrupts == round && run.control == 7)
    }
  }

  @Test(
    "Masked, it never fires; unmasked then, it fires exactly once", arguments: AcceptanceRow.all)
  func maskedAndUnmasked(row: AcceptanceRow) throws {
    var run = try AcceptanceRun(row)
    run.write(compare: run.count + 100)
    run.write(control: 3)
    run.advance(ticks: 1000)
    #expect(run.interrupts == 0 && run.control == 7 && !run.isPending)
    run.write(control: 1)
    run.advance(ticks: 1000)
    #expect(run.interrupts == 1)
  }

  @Test("Disabling an expired timer makes it not pending", arguments: AcceptanceRow.all)
  func disabledWhilePending(row: AcceptanceRow) throws {
    var run = try AcceptanceRun(row)
    run.maskInterrupts()
    run.write(compare: run.count - 1)
    #expect(!run.isPending)
    run.write(control: 1)
    #expect(run.isPending && run.control == 5)
    run.write(control: 0)
    #expect(!run.isPending)
    run.write(control: 3)
    #expect(!run.isPending && run.control == 7)
  }

  @Test("A frequency as odd as can be: within a tick after 10 ms, and never early")
  func oddFrequencies() throws {
    for hertz: UInt64 in [7, 999, 32_768, 999_983, 999_999_937] {
      var bench = try RightBench(at: Instant(nanoseconds: 12_345_678_901), hertz: hertz)
      bench.maskInterrupts(false)
      let start = bench.now.nanoseconds
      bench.write(.timerValue(.physical), (hertz + 99) / 100)
      bench.write(.control(.physical), 1)
      bench.advance(to: Instant(nanoseconds: start + 2_000_000_000))
      let time = try #require(bench.taken.first?.time.nanoseconds)
      // The counter's present tick had begun before, so up to one tick less has to pass.
      let tick = 1_000_000_000 / hertz + 1
      #expect(time + tick >= start + 10_000_000 && time <= start + 10_000_000 + 2 * tick)
      #expect(bench.taken.count == 1)
    }
  }
}
