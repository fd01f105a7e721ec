internal import CForeignDevice
public import TimerModels

/// A foreign Count/Compare timer for a search: each of its states in words, and many states in one request.
///
/// Beside its first three words a timer is the device's saved state, and where the device cannot be shifted what
/// is moved instead.
public final class ForeignCountCompareService: CountCompareService {
  private let adapter: Adapter
  /// The device as after reset.
  public let start: ContiguousArray<UInt64>

  /// A service of what an adapter serves.
  ///
  /// - Throws: ``AdapterError`` where that is something else, or cannot be saved.
  public init(_ adapter: Adapter) throws(AdapterError) {
    try adapter.demand(.countCompare)
    try adapter.demandSearchable()
    self.adapter = adapter
    let reset = TimedOperation(
      at: .origin, .reset(frequency: adapter.identity.frequency), isSaved: true)
    let answer = try adapter.perform([reset])
    let result = answer.results[0]
    start =
      [result.alarm?.nanoseconds ?? .max, result.isTimerLineHigh ? 1 : 0, 0]
      + answer.states[0].words
      + (adapter.identity.canShift ? [] : [0, 0])
  }

  /// Has the adapter carry out a script, in one request.
  public func perform(
    _ script: CountCompareScript, on timers: ContiguousArray<ContiguousArray<UInt64>>
  ) -> CountCompareAnswers? {
    var plan = Plan(for: timers, adapter.identity)
    for line in script.lines { plan.add(line) }
    guard plan.request.operations > 0 else { return plan.answers(nil, to: script) }
    // Once the adapter has failed, nothing is known.
    guard let reply = try? adapter.performAnywhere(plan.request) else { return nil }
    return plan.answers(reply, to: script)
  }

  /// A request for a script, and which of its operations answers which line.
  private struct Plan {
    /// What a line is answered by.
    struct Place {
      /// The operation; -1 where the device heard of none in the sequence.
      var operation: Int
      var frame: CountCompareFrame
      /// The timer that the sequence started from.
      var origin: Int
    }

    var request = DeviceRequest()
    private var places: ContiguousArray<Place> = []
    private let timers: ContiguousArray<ContiguousArray<UInt64>>
    private let stateWords: Int
    private let canShift: Bool
    private var here = Place(operation: -1, frame: CountCompareFrame(), origin: 0)

    init(for timers: ContiguousArray<ContiguousArray<UInt64>>, _ identity: AdapterIdentity) {
      self.timers = timers
      stateWords = identity.stateWords
      canShift = identity.canShift
      for timer in timers { request.add(timer[3..<3 + stateWords]) }
    }

    private func frame(of timer: Int) -> CountCompareFrame {
      var frame = CountCompareFrame()
      if !canShift { frame.words = [timers[timer][3 + stateWords], timers[timer][4 + stateWords]] }
      return frame
    }

    mutating func add(_ line: CountCompareScript.Line) {
      if let origin = line.origin {
        here = Place(operation: -1, frame: frame(of: origin), origin: origin)
      }
      if let operation = operation(of: line.step) {
        request.add(operation, from: here.operation < 0 ? here.origin + 1 : 0)
        here.operation = request.operations - 1
      }
      if line.isKept, here.operation >= 0 { request.saveLast() }
      places.append(here)
    }

    /// What a step is on the device; nil where that need not hear of it.
    private mutating func operation(of step: CountCompareStep) -> TimedOperation? {
      var step = step
      step.now = here.frame.instant(step.now)
      switch step.operation {
      case .guest(let access): step.operation = .guest(here.frame.access(access))
      case .host(let access): step.operation = .host(here.frame.access(access))
      case .restart: here.frame.restart()
      case .shift(let nanoseconds, let counts) where !canShift:
        here.frame.shift(by: nanoseconds, counts: counts)
        return nil
      case .wakeUp, .shift: break
      }
      return TimedOperation(at: step.now, step.deviceOperation)
    }

    func answers(_ reply: DeviceReply?, to script: CountCompareScript) -> CountCompareAnswers {
      var answers = CountCompareAnswers()
      answers.answers.reserveCapacity(places.count)
      answers.words.reserveCapacity(request.saves * (timers[0].count))
      var saved = 0
      for index in places.indices {
        let (place, line) = (places[index], script.lines[index])
        let answer = answer(reply, place, line, answers.words.count)
        answers.answers.append(answer)
        guard line.isKept else { continue }
        answers.words.append(answer.alarm?.nanoseconds ?? .max)
        answers.words.append(answer.interruptLine ? 1 : 0)
        answers.words.append(Self.now(after: line.step))
        if place.operation >= 0, let reply {
          reply.append(state: saved, to: &answers.words)
          saved += 1
        } else {
          answers.words.append(contentsOf: timers[place.origin][3..<3 + stateWords])
        }
        guard !canShift else { continue }
        for index in 0..<2 { answers.words.append(place.frame.words[index]) }
      }
      return answers
    }

    private func answer(
      _ reply: DeviceReply?, _ place: Place, _ line: CountCompareScript.Line, _ kept: Int
    ) -> CountCompareAnswers.Answer {
      guard place.operation >= 0, let reply else {
        let start = timers[place.origin]
        let passed = place.frame.words[0] &- frame(of: place.origin).words[0]
        let alarm = start[0] == .max ? nil : Instant(nanoseconds: start[0] - min(start[0], passed))
        return .init(
          value: 0, alarm: alarm, interruptLine: start[1] != 0, isDone: true, place: kept)
      }
      let result = reply.result(place.operation)
      let value =
        switch line.step.operation {
        case .guest(let access): place.frame.value(result.value, of: access)
        case .host(let access): place.frame.value(result.value, of: access)
        case .wakeUp, .shift, .restart: result.value
        }
      return .init(
        value: value, alarm: place.frame.alarm(result.alarm),
        interruptLine: result.isTimerLineHigh, isDone: result.status == .done, place: kept)
    }

    /// The search's time after a step, which a shift moves back.
    private static func now(after step: CountCompareStep) -> UInt64 {
      guard case .shift(let nanoseconds, _) = step.operation else { return step.now.nanoseconds }
      return step.now.nanoseconds - min(step.now.nanoseconds, nanoseconds)
    }
  }
}

extension DeviceResult {
  /// Whether a Count/Compare timer's output was high.
  fileprivate var isTimerLineHigh: Bool { lines & UInt32(SWVMM_LINE_TIMER) != 0 }
}
