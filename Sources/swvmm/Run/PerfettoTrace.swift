import JSON
import VMM

/// A run's events in the JSON format of Chrome and Perfetto: one process a vCPU, with a track for itself and one
/// for each of its timers.
///
/// A timer is a slice as long as it is armed for one instant, and a counter for each of its lines; all other
/// events are instant ones. Times are microseconds of the machine's clock, with the nanoseconds as fractions.
///
/// *Guarantee:* no id is 0, which Perfetto takes for the kernel's idle threads, and no two ids are the same.
struct PerfettoTrace {
  /// A timer that is armed.
  private struct Armed {
    let since: UInt64
    let alarm: UInt64
  }

  private struct TimerID: Hashable {
    let cpu: Int
    let timer: TimerEvent.Timer
  }

  private var events: [String] = []
  private var armed: [TimerID: Armed] = [:]
  private let lostEvents: Int

  /// The trace of a run.
  init(_ result: RunResult) {
    lostEvents = result.lostEvents
    for cpu in Set(result.trace.map(\.cpu)).sorted() { appendNames(cpu) }
    for event in result.trace { append(event) }
    let last = result.trace.last?.time ?? 0
    for id in armed.keys.sorted(by: { Self.track($0) < Self.track($1) }) { disarm(id, at: last) }
  }

  /// The whole document.
  var text: String {
    let head: JSONValue = [
      "schema": "swvmm-run-trace", "version": JSONValue(RunTrace.version),
      "program": Version.json, "lostEvents": JSONValue(lostEvents),
    ]
    return "{\"displayTimeUnit\":\"ns\",\"otherData\":\(head.text()),\"traceEvents\":[\n"
      + events.joined(separator: ",\n") + "\n]}\n"
  }

  private static func process(_ cpu: Int) -> Int { 10 * (cpu + 1) }

  private static func track(_ id: TimerID) -> Int {
    process(id.cpu) + (id.timer == .countCompare ? 2 : 3)
  }

  private mutating func appendNames(_ cpu: Int) {
    let process = Self.process(cpu)
    append([
      "name": "process_name", "ph": "M", "pid": JSONValue(process),
      "args": ["name": .string("vCPU \(cpu)")],
    ])
    let names = ["exits", "count-compare", "generic-timer"]
    for (number, name) in names.enumerated() {
      append([
        "name": "thread_name", "ph": "M", "pid": JSONValue(process),
        "tid": JSONValue(process + 1 + number), "args": ["name": .string(name)],
      ])
    }
  }

  private mutating func append(_ value: JSONValue) { events.append(value.text()) }

  private mutating func append(_ event: TraceEvent) {
    guard case .timer(let timerEvent) = event.content else {
      return append(instant: event, Self.process(event.cpu) + 1, event.text, [:])
    }
    let id = TimerID(cpu: event.cpu, timer: timerEvent.timer)
    switch timerEvent.change {
    case .armed(let alarm):
      disarm(id, at: event.time)
      armed[id] = Armed(since: event.time, alarm: alarm)
    case .disarmed: disarm(id, at: event.time)
    case .expired(let alarm):
      append(
        instant: event, Self.track(id), alarm == nil ? "woken, not armed" : "expired",
        [
          "by": .string(timerEvent.occasion.rawValue),
          "lateNanoseconds": alarm.map {
            .integer(Int64(truncatingIfNeeded: Int128(event.time) - Int128($0)))
          } ?? .null,
        ])
    case .line(let line, let isHigh):
      append([
        "name": .string("\(timerEvent.timer.rawValue) line \(line)"), "cat": "line", "ph": "C",
        "pid": JSONValue(Self.process(event.cpu)), "ts": Self.microseconds(event.time),
        "args": ["level": JSONValue(isHigh ? 1 : 0)],
      ])
    }
  }

  private mutating func append(
    instant event: TraceEvent, _ track: Int, _ name: String, _ arguments: JSONValue
  ) {
    append([
      "name": .string(name), "cat": "event", "ph": "i", "s": "t",
      "pid": JSONValue(Self.process(event.cpu)), "tid": JSONValue(track),
      "ts": Self.microseconds(event.time), "args": arguments,
    ])
  }

  /// Ends a timer's slice, if it has one.
  private mutating func disarm(_ id: TimerID, at time: UInt64) {
    guard let slice = armed.removeValue(forKey: id) else { return }
    append([
      "name": "armed", "cat": "timer", "ph": "X", "pid": JSONValue(Self.process(id.cpu)),
      "tid": JSONValue(Self.track(id)), "ts": Self.microseconds(slice.since),
      "dur": Self.microseconds(time - min(time, slice.since)),
      // A reader may round what is above 2^53.
      "args": ["forNanoseconds": .string(String(slice.alarm))],
    ])
  }

  /// Exact up to 2^53 nanoseconds, 104 days: the fewest digits that give this `Double` again are then the
  /// nanosecond's.
  private static func microseconds(_ nanoseconds: UInt64) -> JSONValue {
    .number(Double(nanoseconds) / 1000)
  }
}
