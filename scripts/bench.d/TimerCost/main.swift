// What the operations of a Count/Compare timer and of the TSC tracker cost, for scripts/bench and scripts/count-allocations.
//
//   TimerCost COUNT
//
// Does each operation COUNT times, 1 to 10^8, and prints a line "name nanoseconds" for it: the time
// of all COUNT. The first reads the host's clock, as something to compare the others with.
//
// Every operation returns something of its result, and the sum must come out right: so nothing can
// be left out by the compiler, or be fast because it does something else.

internal import LinuxHost
internal import TimerModels

/// Times an operation on a new timer, ten ticks after the last one each.
///
/// - Parameters:
///   - name: What the line begins with.
///   - count: How often.
///   - expected: The sum of what the operation returns; nil where it cannot be known.
///   - operation: Gets the present and the number of the operation, from 1.
@inline(__always)
func measure(
  _ name: String, _ count: UInt64, sum expected: UInt64?,
  _ operation: (inout CountCompareTimer, _ now: Instant, _ number: UInt64) throws -> UInt64
) rethrows {
  // A day's uptime, and not a multiple of anything.
  var now = Instant(nanoseconds: 86_413_121_567_893)
  var timer = CountCompareTimer(at: now)
  var sum: UInt64 = 0
  let start = MonotonicClock.now()
  for number in 1...count {
    now.nanoseconds += 100
    sum &+= try operation(&timer, now, number)
  }
  let end = MonotonicClock.now()
  guard sum == expected ?? sum else { fatalError("\(name): the sum is \(sum)") }
  print(name, end - start)
}

let count = CommandLine.arguments.last.flatMap(UInt64.init) ?? 0
guard 1...100_000_000 ~= count else { fatalError("usage: TimerCost COUNT, 1 to 10^8") }
let sumOfNumbers = count * (count + 1) / 2

measure("clock", count, sum: nil) { _, _, _ in MonotonicClock.now() }
measure("read-count", count, sum: 10 * sumOfNumbers) { timer, now, _ in
  UInt64(timer.perform(at: now, guest: .readCount))
}
measure("read-cause", count, sum: 0) { timer, now, _ in
  UInt64(timer.perform(at: now, guest: .readCause))
}
// A new value each time, so that the alarm moves.
measure("write-compare", count, sum: sumOfNumbers) { timer, now, number in
  timer.perform(at: now, guest: .writeCompare(UInt32(number)))
  return UInt64(timer.state.compare)
}
// At its alarm, a wrap after the last one: each wake-up delivers a match and moves the alarm on.
measure("wake-up", count, sum: count) { timer, now, _ in
  let alarm = timer.alarm ?? now
  timer.wakeUp(at: alarm)
  return timer.interruptLine && timer.alarm ?? now > alarm ? 1 : 0
}
try measure("freeze-thaw", count, sum: 10 * sumOfNumbers) { timer, now, _ in
  try timer.perform(at: now, host: .writeControl(1))
  try timer.perform(at: now, host: .writeControl(0))
  return UInt64(timer.state.staticCount)
}

// Two vCPUs in turn write what their TSCs show, so that every write matches.
let frequency = try TSCFrequency(kilohertz: 2_000_000)
var tracker = TSCMatchingTracker(host: TSCHost(frequency: frequency))
var hostTime = TSCHostTime(instant: Instant(nanoseconds: 86_413_121_567_893), tsc: 0)
_ = try tracker.perform(at: hostTime, .createVCPU)
_ = try tracker.perform(at: hostTime, .createVCPU)
try measure("decide-tsc-write", count, sum: count - 1) { _, _, number in
  hostTime.instant.nanoseconds += 100
  hostTime.tsc &+= 200
  let decision = try tracker.perform(
    at: hostTime, .hostWriteTSC(vcpu: Int(number % 2), hostTime.tsc &+ 1 << 40))
  return decision.isMatched == true ? 1 : 0
}
