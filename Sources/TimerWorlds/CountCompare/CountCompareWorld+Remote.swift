public import Exploration
internal import Synchronization
internal import TimerModels

// A timer that answers from afar: what all actions ask of it, in some dozens of states, is asked at once.

extension CountCompareWorld {
  private typealias Twin = CountCompareWorld<PlainCountCompareHost<PromisedTimer>>

  /// What an action comes to if the timer answers as is promised.
  private struct Outcome {
    var step: Step
    var twin: Twin
    /// The lines of the script that it needs.
    var lines: Range<Int>
    /// Whether they can be carried out as they are, and nothing is broken by a right timer.
    var isPlain: Bool
  }

  /// How many lines a request is to have at most, but for the last state's.
  private static var linesMax: Int { 2048 }

  /// Whether the timer answers from afar.
  public static var isRemote: Bool { Host.Timer.isRemote }

  /// Finds out what the actions come to with a right timer, has the other one carry that out in one go, and goes
  /// through an action again, one operation after the other, where that answers anything else.
  public static func perform(
    _ actions: [Action], on states: inout ContiguousArray<Self>,
    visit: (_ state: Int, _ action: Int, _ step: Step, _ after: inout Self) -> Bool
  ) {
    guard var after = states.first else { return }
    var start = 0
    while start < states.count {
      let log = PromisedTimer.Log()
      var outcomes: ContiguousArray<Outcome> = []
      outcomes.reserveCapacity((states.count - start) * actions.count)
      var (end, lines) = (start, 0)
      while end < states.count, lines < linesMax {
        log.notes.withLock { $0.origin = end - start }
        let twin = states[end].twin(log)
        for action in actions {
          outcomes.append(outcome(of: action, on: twin, log))
          lines = max(lines, outcomes[outcomes.count - 1].lines.upperBound)
        }
        end += 1
      }
      let notes = log.notes.withLock { $0 }
      let timers = ContiguousArray(states[start..<end].map(\.host.timer))
      guard let answers = Host.Timer.perform(notes.script, on: timers) else { return }
      // By index: an outcome is some hundred bytes, and is copied nowhere.
      for index in outcomes.indices {
        let (state, action) = index.quotientAndRemainder(dividingBy: actions.count)
        var step = outcomes[index].step
        if outcomes[index].isPlain, notes.isKept(in: outcomes[index].lines, by: answers) {
          if !step.isImpossible { after.become(outcomes[index].twin, answers) }
        } else {
          after = states[start + state]
          step = after.perform(actions[action])
        }
        guard visit(start + state, action, step, &after) else { return }
      }
      start = end
    }
  }

  /// The same world with a timer that promises what is right.
  private func twin(_ log: PromisedTimer.Log) -> Twin {
    var right = PlainCountCompareHost(timer: CountCompareTimer(at: instant, frequency: .default))
    right.restore(
      at: instant,
      from: SavedCountCompare(
        frequency: Self.frequency(ideal.rate),
        resumeTime: ideal.isMasterDisabled ? Instant(nanoseconds: ideal.resumeTime) : instant,
        compare: ideal.compare,
        cause: [
          ideal.isPending ? .timerInterrupt : [], ideal.isDisabled ? .disableCount : [],
        ], count: ideal.count))
    if !ideal.isMasterDisabled { _ = try? right.timer.perform(at: instant, host: .writeControl(0)) }
    let timer = PromisedTimer(right.timer, alarm: host.timer.alarm, log: log)
    return Twin(of: self, with: PlainCountCompareHost(timer: timer))
  }

  private static func outcome(
    of action: Action, on twin: Twin, _ log: PromisedTimer.Log
  ) -> Outcome {
    let start = log.notes.withLock { notes in
      notes.isBranched = false
      return notes.script.lines.count
    }
    var next = twin
    let step = next.perform(action)
    return log.notes.withLock { notes in
      if step.isImpossible { notes.removeLast(notes.script.lines.count - start) }
      let lines = start..<notes.script.lines.count
      if let last = lines.last { notes.script.lines[last].isKept = true }
      var isPlain = !notes.isBranched
      if case .violated = step { isPlain = false }
      return Outcome(step: step, twin: next, lines: lines, isPlain: isPlain)
    }
  }

  /// Becomes what a twin has become, with the timer after its last line.
  private mutating func become(_ twin: Twin, _ answers: CountCompareAnswers) {
    ideal = twin.ideal
    compareWrite = twin.compareWrite.map { CompareWrite(compare: $0.compare, context: $0.context) }
    place = Place(rawValue: twin.place.rawValue) ?? .software
    isWritingCause = twin.isWritingCause
    now = twin.now
    host.timer.take(answers, after: twin.host.timer.line)
  }

  /// The same world with another timer in it.
  private init<Other: CountCompareHost>(of other: CountCompareWorld<Other>, with host: Host) {
    self.host = host
    ideal = other.ideal
    compareWrite = other.compareWrite.map {
      CompareWrite(compare: $0.compare, context: $0.context)
    }
    place = Place(rawValue: other.place.rawValue) ?? .software
    isWritingCause = other.isWritingCause
    now = other.now
    home = other.home
  }

  // MARK: - Judging

  /// Looks at all timers, and wakes those whose match has not set TI, in one go.
  public static func faults(
    of states: inout ContiguousArray<Self>, in target: Property?
  ) -> [Property?] {
    var script = CountCompareScript()
    var wakeUps: [Int?] = []
    for (index, state) in states.enumerated() {
      for access in [CountCompareHostAccess.readCompare, .readCause] {
        let origin = access == .readCompare ? index : nil
        script.lines.append(.init(CountCompareStep(at: state.instant, .host(access)), from: origin))
      }
      let rest = state.debt == nil ? nil : state.restInstant
      wakeUps.append(rest.map { _ in script.lines.count })
      guard let rest else { continue }
      script.lines.append(
        .init(CountCompareStep(at: Instant(nanoseconds: rest), .wakeUp), from: index))
      script.lines[script.lines.count - 1].isKept = true
    }
    let timers = ContiguousArray(states.map(\.host.timer))
    guard let answers = Host.Timer.perform(script, on: timers) else {
      return states.map { _ in nil }
    }
    var line = 0
    return states.indices.map { index in
      defer { line += wakeUps[index] == nil ? 2 : 3 }
      states[index].host.timer.know(
        compare: UInt32(truncatingIfNeeded: answers.answers[line].value),
        cause: CP0Cause(rawValue: UInt32(truncatingIfNeeded: answers.answers[line + 1].value)))
      return states[index].fault(in: target, wakeUp: wakeUps[index], answers)
    }
  }

  private func fault(
    in target: Property?, wakeUp: Int?, _ answers: CountCompareAnswers
  ) -> Property? {
    if let violation, target ?? violation == violation { return violation }
    guard let debt, target ?? debt == debt else { return nil }
    guard let wakeUp, let rest = restInstant else { return debt }
    var future = self
    future.move(to: rest)
    future.host.timer.take(answers, after: wakeUp)
    return future.debt == debt ? debt : nil
  }
}

extension CountCompareInterface {
  /// Becomes the timer after a line that was kept.
  fileprivate mutating func take(_ answers: CountCompareAnswers, after line: Int) {
    let place = answers.answers[line].place
    for index in 0..<wordCount { self[word: index] = answers.words[place + index] }
  }
}

extension PromisedTimer.Notes {
  /// Whether lines were answered as was promised.
  fileprivate func isKept(in lines: Range<Int>, by answers: CountCompareAnswers) -> Bool {
    for index in lines {
      let answer = answers.answers[index]
      guard answer.isDone, values[index] ?? answer.value == answer.value,
        levels[index] ?? answer.interruptLine == answer.interruptLine
      else { return false }
      if case .wakeUp = script.lines[index].step.operation, let alarm = answer.alarm,
        alarm <= script.lines[index].step.now
      {
        return false
      }
    }
    return true
  }
}
