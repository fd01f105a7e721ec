public import Exploration
internal import TimerModels

/// A MIPS Count/Compare timer with everything that acts on it: its guest, its host, and time.
///
/// Every operation can fall between any two others, at the instants that matter: around a match,
/// around the alarm, and at fractions of a wrap. The host wakes the timer early, on time, late, or
/// once for several matches; it is never more than a wrap and a quarter late. While it has stopped
/// Count with COUNT_CTL.DC, no more than that passes either.
///
/// The space of states is finite. Neither the present nor the value of Compare means anything by
/// itself, so after every action both are moved to the same place, with all that refers to them.
/// What the rules give no meaning is blotted out: COUNT_RESUME while COUNT_CTL.DC is clear, the
/// static Count while Count runs, the expiry while the host timer is not armed. And Count stays
/// within two ticks of Compare or of a quarter of a wrap from it: what would lead it elsewhere, as
/// three stops of a tick each would, is left out.
public struct CountCompareWorld<Host: CountCompareHost>: World {
  /// What can happen.
  public typealias Action = CountCompareAction
  /// What must never happen.
  public typealias Property = CountCompareProperty

  /// Where the timer is.
  enum Place: UInt8, Hashable, Sendable {
    /// In the model.
    case software
    /// In hardware that counts, and whose Cause is not loaded yet.
    case loading
    /// In hardware.
    case hardware
    /// In hardware of which Count and Cause have been read.
    case reading
    /// Nowhere: the hardware's last Count has been read.
    case read
  }

  /// What there is besides the model while the timer is not in it.
  struct Hardware: Hashable, Sendable {
    /// Count when ``time`` was.
    var count: UInt32 = 0
    /// The last Count read from hardware.
    var countAfter: UInt32 = 0
    /// The last change of place.
    var time: UInt64 = 0
    /// Cause.TI.
    var isPending = false
  }

  /// A write of Compare between its two steps; the old Compare stays where it is until the last.
  struct CompareWrite: Hashable, Sendable {
    /// What is written.
    var compare: UInt32
    /// The guest's registers in hardware, where Count was at Compare before the write.
    var context: GuestContext
  }

  /// The hypervisor with its timer.
  public internal(set) var host: Host
  var ideal: CountCompareIdeal
  /// The write of Compare that the guest is in the middle of.
  var compareWrite: CompareWrite?
  var place = Place.software
  /// Whether the guest is between the two steps of a write of Cause.
  var isWritingCause = false
  var now: UInt64 = Self.present
  var hardware = Hardware()
  /// Where Compare always is.
  let home: UInt32

  /// About a day after the origin, so that no product is small by accident, and one tick of 10 ns
  /// before the host's Count, were it four times as fast, would become negative.
  static var present: UInt64 { ((1 << 29) - 1 + 8000 << 30) * 10 }

  /// Creates a world with a timer that has just been created.
  ///
  /// - Parameters:
  ///   - kind: Any timer of the kind.
  ///   - rate: How fast Count runs.
  ///   - home: Where Compare always is; 0, by default, is the same added and subtracted.
  init(_ kind: Host.Timer, rate: CountCompareIdeal.Rate, home: UInt32 = 0) {
    self.home = home
    let now = Instant(nanoseconds: Self.present)
    host = Host(timer: kind.restarted(at: now, frequency: Self.frequency(rate)))
    ideal = CountCompareIdeal(rate: rate)
    normalise()
  }

  /// Assigns all but what never changes, part by part: what is as large as this is else copied by a call.
  public mutating func assume(_ state: borrowing Self) {
    host = state.host
    ideal = state.ideal
    compareWrite = state.compareWrite
    place = state.place
    isWritingCause = state.isWritingCause
    now = state.now
    hardware = state.hardware
  }

  static func frequency(_ rate: CountCompareIdeal.Rate) -> CountFrequency {
    do { return try CountFrequency(hertz: rate.hertz) } catch { preconditionFailure("\(error)") }
  }

  /// Everything that can happen to a timer; a search makes do with a part of it.
  public static var alphabet: [CountCompareAction] { CountCompareAction.allCases }

  /// Who does it.
  public static func actor(of action: CountCompareAction) -> Actor { action.actor }

  var instant: Instant { Instant(nanoseconds: now) }

  /// Carries out an action, and looks whether what it showed is what the rules say.
  public mutating func perform(_ action: CountCompareAction) -> Step {
    let step: Step =
      switch action.actor {
      case .time: pass(by: action)
      case .guest: performGuest(action)
      case .host: performHost(action)
      }
    guard !step.isImpossible, isNearby else { return .impossible }
    normalise()
    return step
  }

  /// What is wrong with this state.
  public var violation: Property? {
    switch place {
    case .loading, .reading, .read: return nil
    case .hardware: return hardware.isPending && !ideal.isPending ? .early : nil
    case .software: break
    }
    if host.timer.interruptLine && !ideal.isPending { return .early }
    // A match there is none of the guest's, whatever its Count has met.
    if let compareWrite, compareWrite.context.isPending { return .early }
    if host.timer.compare != ideal.compare { return .compareValue }
    if host.timer.isDisabled != ideal.isDisabled { return .disableValue }
    if host.timer.alarm != nil && !ideal.isRunning { return .armedStopped }
    return nil
  }

  /// A match that has not set TI.
  public var debt: Property? {
    switch place {
    case .software: ideal.isPending && !host.timer.interruptLine ? .lost : nil
    case .hardware: ideal.isPending && !hardware.isPending ? .lost : nil
    case .loading, .reading, .read: nil
    }
  }

  /// The host serves the alarm, if that is due within a tick.
  ///
  /// An expiry is computed from a Count that was rounded down, so it may be a tick late.
  public mutating func rest() {
    guard let rest = restInstant else { return }
    move(to: rest)
    host.timer.wakeUp(at: instant)
  }

  /// When the host would wake the timer if the world were let alone for a step.
  var restInstant: UInt64? {
    guard place == .software, let alarm = host.timer.alarm,
      alarm.nanoseconds <= now + UInt64(ideal.rate.nanoseconds)
    else { return nil }
    return max(alarm.nanoseconds, now)
  }

  /// Made of the timer's, and of everything beside it.
  public var fingerprint: UInt64 {
    var fingerprint = Fingerprint()
    fingerprint.combine(host.timer.fingerprint)
    fingerprint.combine(now << 48 ^ ideal.resumeTime ^ UInt64(ideal.count) << 24)
    let flags: [5 of Bool] = [
      ideal.isPending, ideal.isDisabled, ideal.isMasterDisabled, isWritingCause,
      hardware.isPending,
    ]
    var bits = UInt64(place.rawValue)
    for index in flags.indices { bits = bits << 1 | (flags[index] ? 1 : 0) }
    fingerprint.combine(bits << 32 ^ UInt64(hardware.count) ^ hardware.time << 8)
    if let compareWrite {
      let context = compareWrite.context
      fingerprint.combine(UInt64(context.count) << 32 | UInt64(context.compare))
      fingerprint.combine(UInt64(compareWrite.compare) << 1 | (context.isPending ? 1 : 0))
    }
    return fingerprint.value ^ UInt64(hardware.countAfter) << 20
  }
}
