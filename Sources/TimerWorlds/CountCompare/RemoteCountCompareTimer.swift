internal import TimerModels

/// A timer of a ``CountCompareService``.
///
/// *Why a separate type, and here:* the compiler sees the whole of the world that is made of it, as it does with
/// the models.
struct RemoteCountCompareTimer: CountCompareInterface {
  private let service: any CountCompareService
  private var words: ContiguousArray<UInt64>
  /// What the host reads of it in this state, where that is known.
  private var known: (compare: UInt32, cause: CP0Cause)?

  init(_ service: any CountCompareService) {
    self.service = service
    words = service.start
  }

  /// Carries out one step, and becomes the timer after it.
  private mutating func perform(
    at now: Instant, _ operation: CountCompareStep.Operation
  ) -> CountCompareAnswers.Answer? {
    var script = CountCompareScript()
    script.lines.append(.init(CountCompareStep(at: now, operation), from: 0))
    script.lines[0].isKept = true
    known = nil
    guard let answers = service.perform(script, on: [words]) else { return nil }
    words = answers.words
    return answers.answers[0]
  }

  func restarted(at now: Instant, frequency: CountFrequency) -> Self {
    var other = self
    _ = other.perform(at: now, .restart(frequency))
    return other
  }

  var alarm: Instant? { words[0] == .max ? nil : Instant(nanoseconds: words[0]) }
  var interruptLine: Bool { words[1] != 0 }
  private var now: Instant { Instant(nanoseconds: words[2]) }

  mutating func wakeUp(at now: Instant) { _ = perform(at: now, .wakeUp) }

  mutating func perform(at now: Instant, guest access: CountCompareGuestAccess) -> UInt32 {
    UInt32(truncatingIfNeeded: perform(at: now, .guest(access))?.value ?? 0)
  }

  mutating func perform(
    at now: Instant, host access: CountCompareHostAccess
  ) throws(CountCompareError) -> UInt64 {
    guard let answer = perform(at: now, .host(access)) else { return 0 }
    guard !answer.isDone else { return answer.value }
    throw access.refusal(at: now)
  }

  mutating func shift(at now: Instant, by nanoseconds: UInt64, counts: UInt32) {
    _ = perform(at: now, .shift(nanoseconds: nanoseconds, counts: counts))
  }

  var compare: UInt32 { known?.compare ?? UInt32(truncatingIfNeeded: look(.readCompare)) }

  /// As the host reads it, but TI and IP7 as the line is: that is what interrupts.
  var cause: CP0Cause {
    let interrupt: CP0Cause = [.timerInterrupt, .pending7]
    let cause =
      known?.cause ?? CP0Cause(rawValue: UInt32(truncatingIfNeeded: look(.readCause)))
    return interruptLine ? cause.union(interrupt) : cause.subtracting(interrupt)
  }

  private func look(_ access: CountCompareHostAccess) -> UInt64 {
    var copy = self
    return copy.perform(at: now, .host(access))?.value ?? 0
  }

  // MARK: - For a search

  static var isRemote: Bool { true }

  static func perform(
    _ script: CountCompareScript, on timers: ContiguousArray<Self>
  ) -> CountCompareAnswers? {
    guard let first = timers.first else { return CountCompareAnswers() }
    return first.service.perform(script, on: ContiguousArray(timers.map(\.words)))
  }

  var wordCount: Int { words.count }

  subscript(word index: Int) -> UInt64 {
    get { words[index] }
    set {
      words[index] = newValue
      known = nil
    }
  }

  mutating func know(compare: UInt32, cause: CP0Cause) { known = (compare, cause) }

  var fingerprint: UInt64 { words.reduce(0) { ($0 ^ $1) &* 0x9e37_79b9_7f4a_7c15 } }

  static func == (left: Self, right: Self) -> Bool { left.words == right.words }
  func hash(into hasher: inout Hasher) { hasher.combine(words) }
}
