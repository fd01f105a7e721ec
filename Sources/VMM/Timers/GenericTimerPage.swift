internal import GuestImages
internal import TimerModels

/// A vCPU's Arm generic timer as a guest here sees it: registers in memory, and two lines.
///
/// platform.h names the registers and says how wide they are. Any other access reads all ones and
/// stores nothing.
struct GenericTimerPage<Timer: GenericTimerInterface & Saveable>: VirtualCounterPage
where Timer.State: Checkpointed {
  /// The timer.
  private(set) var timer: Timer

  /// A page of a timer that is already counting.
  init(_ timer: Timer) { self.timer = timer }

  // MARK: Timer

  /// When the host is to call back, nil if it need not.
  var alarm: Instant? { timer.alarm }

  /// Whether any output is high.
  var interruptLine: Bool { timer.interruptLine }

  /// The outputs, each at the number of its private interrupt.
  var lineLevels: UInt32 { timer.outputs.levels }

  /// The outputs that are high, or will be if no register is written.
  func possibleLevels(at now: Instant) -> UInt32 { timer.possibleOutputs(at: now).levels }

  var virtualOrigin: (ticks: UInt64, frequency: CounterFrequency) {
    let frequency = try? CounterFrequency(hertz: timer.read(at: .origin, .frequency))
    return (timer.read(at: .origin, .virtualOffset), frequency ?? .default)
  }

  /// Carries the timer's state.
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    var state = timer.state
    try state.carry(by: &carrier)
    // Saved, it stays as it is; brought, it is still to look at the time.
    if state != timer.state { timer.state = state }
  }

  /// The host timer expired, or the lines are about to be looked at: computes them anew, and
  /// changes nothing that a guest or a checkpoint could see.
  mutating func wakeUp(at now: Instant) { timer.wakeUp(at: now) }

  // MARK: The guest's accesses

  /// A load; it has no effect.
  func read(at now: Instant, offset: Int, size: Int) -> UInt64 {
    guard let register = Self.register(offset, size) else { return .max }
    return timer.read(at: now, register)
  }

  /// A store.
  mutating func write(at now: Instant, _ value: UInt64, offset: Int, size: Int) {
    guard let register = Self.register(offset, size) else { return }
    timer.write(at: now, register, value)
  }

  private static func register(_ offset: Int, _ size: Int) -> GenericTimerRegister? {
    switch (Int(PLATFORM_GENERIC_TIMER) + offset, size) {
    case (Int(PLATFORM_CNTFRQ), 4): .frequency
    case (Int(PLATFORM_CNTVCT), 8): .counter(.virtual)
    case (Int(PLATFORM_CNTPCT), 8): .counter(.physical)
    case (Int(PLATFORM_CNTV_CTL), 4): .control(.virtual)
    case (Int(PLATFORM_CNTV_TVAL), 4): .timerValue(.virtual)
    case (Int(PLATFORM_CNTV_CVAL), 8): .compareValue(.virtual)
    case (Int(PLATFORM_CNTP_CTL), 4): .control(.physical)
    case (Int(PLATFORM_CNTP_TVAL), 4): .timerValue(.physical)
    case (Int(PLATFORM_CNTP_CVAL), 8): .compareValue(.physical)
    default: nil
    }
  }
}
