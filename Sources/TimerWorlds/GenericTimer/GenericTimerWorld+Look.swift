internal import Exploration
internal import TimerModels

// Everything that can be read, and written that is to change nothing: on copies, so that the world stays as it
// is.

extension GenericTimerWorld {
  private typealias Timer = Host.Timer

  func look() -> Property? {
    let timer = host.parts.timer
    if !GenericTimerChannel.allCases.allSatisfy({ shows(timer, $0) }) { return .registerValue }
    if timer.read(at: instant, .frequency) != 500_000_000 { return .registerValue }
    let offset = ideal.isAhead ? 0 &- GenericTimerIdeal.offset : GenericTimerIdeal.offset
    if timer.read(at: instant, .virtualOffset) != offset { return .registerValue }
    if !isWrittenByGuest(timer) || !isWrittenByHost(timer) || !isRestarted(timer) { return .effect }
    // The controller hears of changes only (GT-6).
    var lines = host.parts.lines
    if lines.changes(to: lines.pushed, isListening: true) != 0 { return .effect }
    return isPossible(timer) ? nil : .possibleOutput
  }

  private func count(_ channel: GenericTimerChannel) -> UInt64 {
    channel == .virtual ? ideal.virtualCount(now) : GenericTimerIdeal.physicalCount(now)
  }

  private func ideal(_ channel: GenericTimerChannel) -> GenericTimerIdeal.Channel {
    channel == .virtual ? ideal.virtual : ideal.physical
  }

  /// CTL as the architecture has it: ENABLE, IMASK, ISTATUS from bit 0 on.
  private func control(_ channel: GenericTimerChannel) -> UInt64 {
    let right = ideal(channel)
    return (right.isEnabled ? 1 : 0) | (right.isMasked ? 2 : 0)
      | (right.isMet(count(channel)) ? 4 : 0)
  }

  /// Whether a timer's registers read as they should.
  private func shows(_ timer: Timer, _ channel: GenericTimerChannel) -> Bool {
    let (right, count) = (ideal(channel), count(channel))
    return timer.read(at: instant, .counter(channel)) == count
      && timer.read(at: instant, .control(channel)) == control(channel)
      && timer.read(at: instant, .compareValue(channel)) == right.compare
      && timer.read(at: instant, .timerValue(channel))
        == UInt64(UInt32(truncatingIfNeeded: right.compare &- count))
  }

  /// The levels that the outputs are to have, a bit for each private interrupt.
  private func levels(_ mask: (GenericTimerChannel) -> Bool = { _ in false }) -> UInt32 {
    var levels: UInt32 = 0
    if ideal.virtual.line(count(.virtual)), !mask(.virtual) { levels |= 1 << 27 }
    if ideal.physical.line(count(.physical)), !mask(.physical) { levels |= 1 << 30 }
    return levels
  }

  /// A guest's writes: what is not writable is ignored, and a masked output is low.
  private func isWrittenByGuest(_ timer: Timer) -> Bool {
    var right = timer
    right.wakeUp(at: instant)
    guard right.outputs.levels == levels(), right.interruptLine == (levels() != 0) else {
      return false
    }
    var other = timer
    for register: GenericTimerRegister in [
      .frequency, .counter(.virtual), .counter(.physical), .virtualOffset,
    ] {
      other.write(at: instant, register, 5)
    }
    for channel in GenericTimerChannel.allCases {
      // The reserved bits and ISTATUS.
      other.write(at: instant, .control(channel), control(channel) ^ 0xffff_ffff_ffff_fffc)
      other.write(at: instant, .compareValue(channel), ideal(channel).compare)
    }
    other.wakeUp(at: instant)
    guard other == right else { return false }
    for channel in GenericTimerChannel.allCases {
      other.write(at: instant, .control(channel), control(channel) | 2)
      guard other.read(at: instant, .control(channel)) == control(channel) | 2,
        other.outputs.levels == levels({ $0 == channel })
      else { return false }
      other = right
    }
    return true
  }

  /// A host's writes: what a checkpoint holds is restored, and what follows from it is refused.
  private func isWrittenByHost(_ timer: Timer) -> Bool {
    func write(_ register: GenericTimerRegister, _ value: UInt64) -> Timer? {
      var other = timer
      do throws(GenericTimerError) {
        try other.hostWrite(at: instant, register, value)
        return other
      } catch { return nil }
    }
    let refused: [(GenericTimerRegister, UInt64)] = [
      (.frequency, 1), (.counter(.physical), 1), (.timerValue(.virtual), 1),
      (.control(.virtual), 8), (.control(.physical), .max),
    ]
    guard refused.allSatisfy({ write($0.0, $0.1) == nil }) else { return false }
    // CNTVCT continues from what is written (GT-13).
    guard let moved = write(.counter(.virtual), 77),
      moved.read(at: instant, .counter(.virtual)) == 77,
      moved.read(at: instant.adding(nanoseconds: 10), .counter(.virtual)) == 82,
      let offset = write(.virtualOffset, 3),
      offset.read(at: instant, .counter(.virtual)) == count(.physical) - 3
    else { return false }
    for channel in GenericTimerChannel.allCases {
      guard let compare = write(.compareValue(channel), 9),
        compare.read(at: instant, .compareValue(channel)) == 9,
        let other = write(.control(channel), 7),
        other.read(at: instant, .control(channel)) & 3 == 3
      else { return false }
    }
    return true
  }

  /// A timer as after reset counts from 0, and is off; one that takes over what another holds continues from it.
  private func isRestarted(_ timer: Timer) -> Bool {
    let new = timer.restarted(at: instant, frequency: timer.registers.frequency)
    guard new.read(at: instant, .counter(.virtual)) == 0,
      new.read(at: instant, .counter(.physical)) == count(.physical), new.outputs.isEmpty,
      new.alarm == nil
    else { return false }
    var (successor, right) = (new, timer)
    successor.state = timer.state
    successor.wakeUp(at: instant)
    right.wakeUp(at: instant)
    return successor == right
  }

  /// An output may be high some time if it is, or if its count comes to the compare value before time ends.
  private func isPossible(_ timer: Timer) -> Bool {
    let possible = timer.possibleOutputs(at: instant).levels
    return GenericTimerChannel.allCases.allSatisfy { channel in
      let (right, count) = (ideal(channel), count(channel))
      let left = (UInt64.max - now) / GenericTimerIdeal.tickNanoseconds
      let isReached = right.isMet(count) || right.compare - count <= left
      let isPossible = right.isEnabled && !right.isMasked && isReached
      return (possible >> channel.defaultInterrupt & 1 == 1) == isPossible
    }
  }
}
