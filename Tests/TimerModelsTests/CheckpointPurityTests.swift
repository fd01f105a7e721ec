import Testing
import TimerModels

@Suite("Checkpoint of timer and controller")
struct CheckpointPurityTests {
  /// What is done while the CPU is stopped; the deadline passes before the step of this number.
  struct Row: CustomTestStringConvertible, Sendable {
    var savesControllerFirst: Bool
    /// When the deadline passes: before the first save, between the two, after both, or (3) not
    /// before the restore.
    var gap: Int
    var wakesHost: Bool

    var testDescription: String {
      "\(savesControllerFirst ? "controller" : "timer") first, gap \(gap)\(wakesHost ? ", woken" : "")"
    }

    static let all = [false, true].flatMap { first in
      (0...3).flatMap { gap in
        [false, true].map { Row(savesControllerFirst: first, gap: gap, wakesHost: $0) }
      }
    }
  }

  /// Stops a CPU, saves it as the row says, restores it; also returns what was saved of the timer.
  private func saveAndRestore<Timer: GenericTimerRules, Controller: InterruptControllerRules>(
    _ row: Row, _ type: TimerBench<Timer, Controller>.Type
  ) throws -> (TimerBench<Timer, Controller>, GenericTimerRegisters) {
    var bench = try TimerBench<Timer, Controller>(at: Instant(nanoseconds: 5))
    bench.write(.timerValue(.virtual), 1000)
    bench.write(.control(.virtual), 1)
    let deadline = try #require(bench.timer.alarm)
    var registers: GenericTimerRegisters?
    var state: InterruptControllerState?
    for step in 0...2 {
      if row.gap == step {
        bench.now = deadline
        if row.wakesHost { bench.wakeUp() }
      }
      let savesController = (step == 0) == row.savesControllerFirst
      if step < 2, savesController { state = bench.controller?.state }
      if step < 2, !savesController { registers = bench.timer.registers }
    }
    let saved = (try #require(registers), try #require(state))
    var restored = try TimerBench<Timer, Controller>(at: bench.now)
    restored.restore(registers: saved.0, state: saved.1)
    restored.maskInterrupts(false)
    if row.gap == 3 {
      #expect(restored.taken.isEmpty)
      restored.advance(to: deadline)
    }
    restored.advance(ticks: 1000)
    return (restored, saved.0)
  }

  @Test(
    "Saved in either order, with the deadline between any two steps, it loses and doubles nothing",
    arguments: Row.all)
  func saves(row: Row) throws {
    let (bench, registers) = try saveAndRestore(row, RightBench.self)
    #expect(bench.taken == [.init(id: 27, time: Instant(nanoseconds: 16_000))])
    #expect(registers.virtual.control == .enable)
  }

  @Test("A timer that masks itself on expiry, as KVM's did, loses its interrupt in a checkpoint")
  func catchesMaskedTimer() throws {
    // Only a host that wakes the driver can do the damage.
    let lost = try Row.all.filter { row in
      let bench = try saveAndRestore(
        row, TimerBench<SelfMaskingTimer, InterruptController>.self
      ).0
      return bench.taken.isEmpty
    }
    #expect(lost.contains { $0.savesControllerFirst && $0.gap == 1 })
    #expect(lost.allSatisfy { $0.wakesHost })
  }

  @Test("Cut anywhere and continued, a periodic guest takes the same interrupts at the same times")
  func cutAnywhere() throws {
    func start() throws -> RightBench {
      var bench = try RightBench(at: Instant(nanoseconds: 3), hertz: 19_200_000)
      bench.handler = .addToCompare(2)
      bench.maskInterrupts(false)
      bench.write(.compareValue(.virtual), 5)
      bench.write(.control(.virtual), 1)
      bench.write(.compareValue(.physical), 9)
      bench.write(.control(.physical), 1)
      return bench
    }
    let end = Instant(nanoseconds: 1500)
    var uncut = try start()
    uncut.advance(to: end)
    #expect(uncut.taken.count > 20)
    for cut in UInt64(3)...1500 {
      var bench = try start()
      bench.advance(to: Instant(nanoseconds: cut))
      let state = try #require(bench.controller?.state)
      bench.restore(registers: bench.timer.registers, state: state)
      bench.advance(to: end)
      #expect(bench.taken == uncut.taken, "cut at \(cut) ns")
    }
  }

  @Test("Restored register by register in any order, the timer is the same")
  func anyOrderOfRegisters() throws {
    let now = Instant(nanoseconds: 999_999)
    var original = GenericTimer(at: Instant(nanoseconds: 5))
    original.write(at: now, .compareValue(.virtual), 77)
    original.write(at: now, .control(.virtual), 1)
    original.write(at: now, .control(.physical), 3)
    let order: [GenericTimerRegister] = [
      .virtualOffset, .compareValue(.virtual), .compareValue(.physical), .control(.virtual),
      .control(.physical),
    ]
    for first in order.indices {
      var copy = GenericTimer(at: .origin)
      for register in order[first...] + order[..<first] {
        try copy.hostWrite(at: now, register, original.read(at: now, register))
      }
      #expect(copy == original)
    }
  }
}

/// What upstream commit 1a74847885cc mended: expiry sets IMASK, and leaves the rest to the controller.
private struct SelfMaskingTimer: GenericTimerRules {
  var registers: GenericTimerRegisters
  var outputs: GenericTimerOutputs = []
  var alarm: Instant?

  init(unsettled registers: GenericTimerRegisters) { self.registers = registers }

  mutating func wakeUp(at now: Instant) {
    settle(at: now)
    for channel in GenericTimerChannel.allCases where output(at: now, of: channel) {
      registers[channel].control.insert(.mask)
    }
  }
}
