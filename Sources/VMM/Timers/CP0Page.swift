internal import GuestImages
internal import TimerModels

/// The part of a MIPS processor's coprocessor 0 that a guest here sees: the Count/Compare timer,
/// and Status, which lets its interrupt through.
///
/// Registers are 32 bits wide and take aligned accesses of 4 bytes (platform.h names them). Any other
/// access reads all ones, stores nothing and touches nothing, reads of Count included.
struct CP0Page<Timer: CountCompareInterface & Saveable>: CountComparePage
where Timer.State: Checkpointed {
  /// The timer, with Cause.
  private(set) var timer: Timer
  /// Status.
  ///
  /// Nothing sets EXL when an interrupt is taken: that is RFLAGS.IF's part on this platform.
  private(set) var status = CP0Status(rawValue: 0)

  /// The state after reset: Count runs from 0, every interrupt is masked.
  init(at now: Instant) where Timer: CountCompareRules {
    timer = Timer(at: now, frequency: .default)
  }

  /// A page of a timer that is already counting; every interrupt is masked.
  init(_ timer: Timer) { self.timer = timer }

  // MARK: Timer

  /// When the host is to call back, nil if it need not.
  var alarm: Instant? { timer.alarm }

  /// High while a processor with this Status would take the interrupts of this Cause.
  var interruptLine: Bool { status.wouldTakeInterrupt(cause: timer.cause) }

  /// ``interruptLine`` on the platform's line for it.
  var lineLevels: UInt32 { interruptLine ? 1 << UInt32(PLATFORM_CP0_LINE) : 0 }

  /// The platform's line, unless the timer, left alone, would never raise it.
  func possibleLevels(at now: Instant) -> UInt32 {
    let mayRise = timer.alarm != nil && status.wouldTakeInterrupt(cause: .pending7)
    return mayRise ? 1 << UInt32(PLATFORM_CP0_LINE) : lineLevels
  }

  /// The host timer expired, early or late.
  mutating func wakeUp(at now: Instant) { timer.wakeUp(at: now) }

  // MARK: The guest's accesses

  /// A load, to which the reads of Count are not pure (``CountCompareRules/readCount(at:)``).
  mutating func read(at now: Instant, offset: Int, size: Int) -> UInt64 {
    guard size == 4 else { return .max }
    switch offset + Int(PLATFORM_CP0) {
    case Int(PLATFORM_CP0_COUNT): return UInt64(timer.perform(at: now, guest: .readCount))
    case Int(PLATFORM_CP0_COMPARE): return UInt64(timer.perform(at: now, guest: .readCompare))
    case Int(PLATFORM_CP0_CAUSE): return UInt64(timer.perform(at: now, guest: .readCause))
    case Int(PLATFORM_CP0_STATUS): return UInt64(status.rawValue)
    case Int(PLATFORM_CP0_CC): return UInt64(timer.perform(at: now, guest: .readCycleCounter))
    case Int(PLATFORM_CP0_CCRES): return UInt64(PLATFORM_CP0_CYCLES_PER_TICK)
    case Int(PLATFORM_CP0_FREQUENCY): return frequency(at: now)
    default: return .max
    }
  }

  /// A store.
  mutating func write(at now: Instant, _ value: UInt64, offset: Int, size: Int) {
    guard size == 4 else { return }
    let value = UInt32(truncatingIfNeeded: value)
    switch offset + Int(PLATFORM_CP0) {
    case Int(PLATFORM_CP0_COUNT): timer.perform(at: now, guest: .writeCount(value))
    case Int(PLATFORM_CP0_COMPARE): timer.perform(at: now, guest: .writeCompare(value))
    case Int(PLATFORM_CP0_CAUSE): timer.perform(at: now, guest: .writeCause(value))
    case Int(PLATFORM_CP0_STATUS):
      status = CP0Status(rawValue: value).intersection(.writable)
    default: break
    }
  }

  // MARK: The host's accesses

  /// Carries out what the guest asked of its host.
  mutating func perform(at now: Instant, _ command: TimerCommand) {
    switch command {
    case .freeze: perform(at: now, .writeControl(1))
    case .thaw: perform(at: now, .writeControl(0))
    case .setFrequency(let hertz): perform(at: now, .writeFrequency(UInt64(hertz)))
    }
  }

  mutating func countReading(at now: Instant) -> (count: UInt32, hertz: UInt64) {
    (timer.perform(at: now, guest: .readCount), frequency(at: now))
  }

  mutating func isFrozen(at now: Instant) -> Bool { read(at: now, .readControl) & 1 == 1 }

  private mutating func frequency(at now: Instant) -> UInt64 { read(at: now, .readFrequency) }

  private mutating func read(at now: Instant, _ access: CountCompareHostAccess) -> UInt64 {
    do { return try timer.perform(at: now, host: access) } catch {
      preconditionFailure("no read is refused: \(error)")
    }
  }

  /// Carries Status and the timer's state.
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try carrier.carry(&status)
    var state = timer.state
    try state.carry(by: &carrier)
    if state != timer.state { timer.state = state }
  }

  private mutating func perform(at now: Instant, _ access: CountCompareHostAccess) {
    do { try timer.perform(at: now, host: access) } catch {
      preconditionFailure("the lab port lets no such value through: \(error)")
    }
  }
}

extension CP0Status {
  /// IM7..0, ERL, EXL and IE.
  fileprivate static let writable = CP0Status(rawValue: 0xff07)
}
