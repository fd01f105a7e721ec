public import Exploration
internal import TimerModels

/// The conversions between time and counts of all timers, at rates and instants of every size.
///
/// All of them are exact but for KVM's own, by shift and multiplier, of which the precision is known. Here they
/// are compared with what 128 bits give.
public struct RateWorld: World {
  /// What can happen.
  public typealias Action = RateAction
  /// What must never happen.
  public typealias Property = RateProperty

  /// How far the rates have been gone through.
  var place = 0
  var now: UInt64 = 0
  /// How many actions lie behind the present: time passes a few times at each rate.
  var moves = 0

  static let hertz: [UInt64] = [
    1, 3, 24_000, 32_768, 1_193_182, 62_500_000, 99_999_999, 100_000_000, 333_333_333, 999_999_999,
    1_000_000_000,
  ]

  /// Creates a world at the origin of time, at the lowest rate.
  public init() {}

  /// Everything that can happen.
  public static var alphabet: [RateAction] { RateAction.allCases }

  /// Who does it.
  public static func actor(of action: RateAction) -> Actor { action.actor }

  /// How much time passes.
  public func duration(of action: RateAction) -> UInt64 { min(action.nanoseconds, .max - now) }

  /// Carries out an action, and looks whether time is where it should be.
  public mutating func perform(_ action: RateAction) -> Step {
    if action == .faster {
      guard place + 1 < Self.hertz.count, now == 0 else { return .impossible }
      place += 1
      return .done
    }
    guard moves < 3, now < .max else { return .impossible }
    moves += 1
    let later = Instant(nanoseconds: now).adding(nanoseconds: action.nanoseconds)
    let right = min(UInt128(now) + UInt128(action.nanoseconds), UInt128(UInt64.max))
    now = UInt64(right)
    return UInt128(later.nanoseconds) == right ? .done : .violated(.instant)
  }

  private var hertz: UInt64 { Self.hertz[place] }
  private var instant: Instant { Instant(nanoseconds: now) }
  private static var second: UInt128 { 1_000_000_000 }

  /// What is wrong with this state.
  public var violation: Property? { countFault ?? counterFault ?? cycleFault ?? scaleFault }

  /// Ticks at an instant, as a number of any size.
  private func ticks(at nanoseconds: UInt64) -> UInt128 {
    UInt128(nanoseconds) * UInt128(hertz) / Self.second
  }

  /// MIPS Count is 32 bits of the ticks.
  private var countFault: Property? {
    if Instant.origin.nanoseconds != 0 || Instant.distantFuture.nanoseconds != .max {
      return .instant
    }
    for refused: UInt64 in [0, 1_000_000_001] where (try? CountFrequency(hertz: refused)) != nil {
      return .refusal
    }
    guard let rate = try? CountFrequency(hertz: hertz), rate.hertz == hertz else { return .refusal }
    if CountFrequency.default.hertz != 100_000_000 { return .refusal }
    if rate.ticks(at: instant) != UInt32(truncatingIfNeeded: ticks(at: now)) { return .ticks }
    for ticks: UInt64 in [1, 2, 0x8000_0000, 1 << 32] {
      let right = UInt128(ticks) * Self.second / UInt128(hertz)
      if UInt128(rate.nanoseconds(forTicks: ticks)) != right { return .time }
    }
    return UInt128(rate.wrapNanoseconds) == Self.second << 32 / UInt128(hertz) ? nil : .time
  }

  /// Arm's counter: all of the ticks, and the first instant at which a tick is there.
  private var counterFault: Property? {
    for refused: UInt64 in [0, 1_000_000_001] where (try? CounterFrequency(hertz: refused)) != nil {
      return .refusal
    }
    guard let rate = try? CounterFrequency(hertz: hertz), UInt64(rate.hertz) == hertz else {
      return .refusal
    }
    if CounterFrequency.default.hertz != 62_500_000 { return .refusal }
    let present = ticks(at: now)
    if UInt128(rate.ticks(at: instant)) != present { return .ticks }
    let last = ticks(at: .max)
    for tick in [present, present + 1, last, last + 1, UInt128(UInt64.max)] {
      guard let number = UInt64(exactly: tick) else { continue }
      guard let first = rate.instant(ofTick: number) else {
        if tick <= last { return .time }
        continue
      }
      let before = first.nanoseconds == 0 ? 0 : ticks(at: first.nanoseconds - 1)
      if ticks(at: first.nanoseconds) < tick || (tick > 0 && before >= tick) { return .time }
    }
    return nil
  }

  /// KVM's cycles are wrong by no more than a multiplier of 32 bits and the shifts leave out.
  ///
  /// Here a rate is in kHz.
  private var cycleFault: Property? {
    if (try? TSCFrequency(kilohertz: 0)) != nil { return .refusal }
    for kilohertz in [UInt32(hertz), 4 * UInt32(hertz)] {
      guard let rate = try? TSCFrequency(kilohertz: kilohertz), rate.kilohertz == kilohertz,
        rate.hertz == UInt64(kilohertz) * 1000
      else { return .refusal }
      // All bits of the multiplier are used, and a century's nanoseconds lose none.
      if rate.multiplier < 1 << 31 { return .cycles }
      guard now <= RateAction.day.nanoseconds else { continue }
      let right = UInt128(now) * UInt128(rate.hertz) / Self.second
      let shown = UInt128(rate.cycles(in: now))
      // A shift to the right leaves out nanoseconds, of the interval and of the second that the multiplier is of.
      let isCoarse = rate.shift < 0
      let cut =
        isCoarse ? (UInt128(1) << UInt128(-rate.shift)) * UInt128(rate.hertz) / Self.second : 0
      let excess = isCoarse ? 1 + right / UInt128(rate.hertz) : 0
      if shown > right + excess || shown + 2 + cut + right >> 30 < right { return .cycles }
    }
    return nil
  }

  /// A ratio is rounded down to its fraction's bits, and so is what is scaled by it.
  private var scaleFault: Property? {
    let host: UInt32 = 1_000_000
    let guest = UInt32(hertz)
    for scaling in [TSCScaling.svm, .vmx] {
      let bits = UInt128(scaling.fractionBits)
      // 8 and 16 bits before the point.
      let limit = UInt128(1) << (scaling == .svm ? 40 : 64) - 1
      let right = UInt128(guest) << bits / UInt128(host)
      let ratio = scaling.ratio(guest: guest, host: host)
      if ratio.map({ UInt128($0) }) != (right == 0 || right >= limit ? nil : right) {
        return .scale
      }
      if scaling.scale(now, by: scaling.unity) != now { return .scale }
      guard let ratio else { continue }
      let product = UInt128(now).multipliedFullWidth(by: UInt128(ratio))
      let scaled = UInt64(truncatingIfNeeded: product.low >> bits)
      if product.high == 0, scaling.scale(now, by: ratio) != scaled { return .scale }
    }
    return nil
  }

  /// The state in words.
  public var readout: Readout { Readout(timer: "\(hertz) Hz, \(now) ns after the origin") }
}
