/// Says when to pause a machine whose vCPUs halt inside the kernel, to see whether its guest is dead
/// (``PausedDeathCheck``).
///
/// A pause would disturb what a guest measures, so a guest that does anything is left alone: only after a
/// quarter of a second in which no vCPU used any processor time is the question asked.
///
/// *Why it is asked again, after twice the time:* threads that were paused use processor time, too, and
/// what a guest does before the next look cannot be told from that. It may have died in between. A guest
/// that stays silent is asked after 1/4 s, 1/2 s, 1 s and so on: so death is found at the latest when the
/// silence has doubled, and the pauses of an hour's silence are a dozen.
struct IdleDetector: Hashable, Sendable {
  /// Nanoseconds between two looks.
  static let interval: UInt64 = 250_000_000

  private let isNeeded: Bool
  private var lastLook: UInt64 = 0
  private var lastTimes: [UInt64] = []
  /// When the machine was last seen to have done something.
  private var silentSince: UInt64 = 0
  /// How long a silence has to be for the next question.
  private var patience = Self.interval
  /// Whether the question is still to be answered, by a pause.
  private var isAsking = false
  /// Whether a pause ended after the last look, so that the next sees what it cost.
  private var hasAsked = false
  private var hasEvent = false

  /// A watch that begins now.
  ///
  /// - Parameter isNeeded: Whether vCPUs halt inside the kernel; otherwise there is nothing to ask.
  init(isNeeded: Bool) { self.isNeeded = isNeeded }

  /// When to look next, on the host's monotonic clock; never, where nothing is asked.
  func nextLook(after now: UInt64) -> UInt64 {
    isNeeded ? max(now, lastLook + Self.interval) : .max
  }

  /// Whether it is time to look.
  func isDue(at now: UInt64) -> Bool { isNeeded && now >= lastLook + Self.interval }

  /// A device did something without a vCPU: what was alive because of it may be dead.
  mutating func noteEvent() { hasEvent = true }

  /// Looks at what the vCPUs' threads have used of the processor.
  ///
  /// - Parameters:
  ///   - now: The host's monotonic clock, in nanoseconds.
  ///   - times: Each thread's processor time, in nanoseconds.
  /// - Returns: Whether the machine is to be paused and judged.
  mutating func look(at now: UInt64, _ times: [UInt64]) -> Bool {
    let hasChanged = times != lastTimes
    if hasEvent || hasChanged && !hasAsked { patience = Self.interval }
    if hasEvent || hasChanged { silentSince = now }
    (lastLook, lastTimes, hasEvent, hasAsked) = (now, times, false, false)
    guard !isAsking && now - silentSince >= patience else { return false }
    isAsking = true
    patience = min(2 * patience, UInt64.max / 4)
    return true
  }

  /// Takes the question, if the machine was paused for it.
  mutating func takeQuestion() -> Bool {
    guard isAsking else { return false }
    (isAsking, hasAsked) = (false, true)
    return true
  }
}
