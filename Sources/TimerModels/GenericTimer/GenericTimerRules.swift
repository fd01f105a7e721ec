/// The operations of a CPU's generic timer, each with its right behaviour.
///
/// Here the purity rule is the opposite of the MIPS timer's: *the host's expiry is invisible*.
/// Whether a timer has expired is a function of CTL, CVAL and the counter, and of nothing else
/// (GT-17); it is computed whenever it is asked for. A wake-up says only "look again".
///
/// The requirements, beside what is stored, are those operations that a historic bug replaces; each
/// has an implementation, and these call each other as requirements. So ``GenericTimer`` adds
/// nothing to them, and a variant that shows a historic bug is a type that replaces the one faulty
/// operation.
public protocol GenericTimerRules: GenericTimerInterface, Saveable
where State == GenericTimerRegisters {
  /// What is stored: all that the guest and a checkpoint can see.
  var registers: GenericTimerRegisters { get set }

  /// The outputs as they were when last looked at; for the driver, which pushes what changed.
  ///
  /// Not part of a checkpoint: a timer that is restored looks for itself.
  var outputs: GenericTimerOutputs { get set }

  /// The first instant after the last look at which an output will rise.
  var alarm: Instant? { get set }

  /// Creates a timer with these registers that has not looked yet.
  init(unsettled registers: GenericTimerRegisters)

  /// The level that the timer drives.
  func output(at now: Instant, of channel: GenericTimerChannel) -> Bool

  /// Reads TVAL.
  func readTimerValue(at now: Instant, of channel: GenericTimerChannel) -> UInt32
}

extension GenericTimerRules {
  /// Creates a timer whose virtual count starts from 0 at `now`, with both timers off (GT-1).
  ///
  /// The CPUs of a machine share one offset: create the others with ``init(at:registers:)`` from
  /// the first one's registers.
  public init(at now: Instant, frequency: CounterFrequency = .default) {
    var registers = GenericTimerRegisters(frequency: frequency)
    registers.virtualOffset = frequency.ticks(at: now)
    self.init(at: now, registers: registers)
  }

  /// Creates a timer that continues from `registers`, which a checkpoint may have held.
  public init(at now: Instant, registers: GenericTimerRegisters) {
    self.init(unsettled: registers)
    settle(at: now)
  }

  /// Another timer of this type.
  public func restarted(at now: Instant, frequency: CounterFrequency) -> Self {
    Self(at: now, frequency: frequency)
  }

  /// The registers; set, they have not been looked at yet.
  public var state: GenericTimerRegisters {
    get { registers }
    set { self = Self(unsettled: newValue) }
  }

  /// The outputs that are high, or will be if no register is written.
  ///
  /// *Why not ``outputs`` for the first:* after the deadline and before the host timer's expiry is
  /// served, an output that is to be high has not risen, and never will be said to rise.
  public func possibleOutputs(at now: Instant) -> GenericTimerOutputs {
    var possible: GenericTimerOutputs = []
    for channel in GenericTimerChannel.allCases
    where output(at: now, of: channel) || nextRise(after: now, of: channel) != nil {
      possible.insert(GenericTimerOutputs(channel))
    }
    return possible
  }

  /// Whether any output was high when last looked at; see ``outputs``.
  public var interruptLine: Bool { !outputs.isEmpty }

  /// Something woke the driver: looks again, and changes nothing else (GT-8, upstream
  /// commit 1a74847885cc).
  public mutating func wakeUp(at now: Instant) {
    settle(at: now)
  }

  /// CNTPCT, the ticks since the origin of time; CNTVCT, the same less CNTVOFF (GT-1).
  public func counter(at now: Instant, of channel: GenericTimerChannel) -> UInt64 {
    registers.frequency.ticks(at: now) &- registers.offset(of: channel)
  }

  /// Whether the count has reached CVAL, both unsigned (GT-4, GT-5).
  ///
  /// CVAL 0 is always met, and 2^64 - 1 practically never. ENABLE and IMASK do not matter: like
  /// KVM, and unlike QEMU, ISTATUS shows the condition of a disabled timer too. The architecture
  /// leaves that open.
  public func isConditionMet(at now: Instant, of channel: GenericTimerChannel) -> Bool {
    counter(at: now, of: channel) >= registers[channel].compareValue
  }

  /// The one predicate: ENABLE, not IMASK, and the condition (GT-5).
  ///
  /// KVM's `kvm_timer_should_fire`. A level, not an event (GT-6): it goes high and low with
  /// the registers and the counter, and nothing remembers that it was high.
  public func output(at now: Instant, of channel: GenericTimerChannel) -> Bool {
    registers[channel].control.canFire && isConditionMet(at: now, of: channel)
  }

  /// The first instant after `now` at which the output will rise if nothing is written.
  ///
  /// The condition becomes met on the tick at which CNTPCT is `CNTVOFF + CVAL` modulo 2^64.
  /// CNTPCT itself never wraps, so there is one such tick, and if it has passed there is no
  /// other. That the sum may wrap is meant: it names a tick in the past, not one at which to
  /// wake up at once and for ever. A CVAL of 0 is met at every count, and never becomes met.
  ///
  /// *Guarantee:* not early: at the instant returned, the count has reached CVAL (GT-18).
  public func nextRise(after now: Instant, of channel: GenericTimerChannel) -> Instant? {
    let timer = registers[channel]
    let tick = registers.offset(of: channel) &+ timer.compareValue
    guard timer.control.canFire, timer.compareValue != 0, tick > registers.frequency.ticks(at: now)
    else { return nil }
    return registers.frequency.instant(ofTick: tick)
  }

  /// CTL as stored, and ISTATUS as it is now (GT-4).
  public func readControl(
    at now: Instant, of channel: GenericTimerChannel
  ) -> GenericTimerControl {
    let control = registers[channel].control
    return isConditionMet(at: now, of: channel) ? control.union(.status) : control
  }

  /// Stores ENABLE and IMASK; ISTATUS and the RES0 bits are ignored (GT-3).
  public mutating func writeControl(
    at now: Instant, of channel: GenericTimerChannel, _ control: GenericTimerControl
  ) {
    registers[channel].control = control.intersection(.writable)
    settle(at: now)
  }

  /// Stores all 64 bits of CVAL, whether the timer is enabled or not (GT-2).
  public mutating func writeCompareValue(
    at now: Instant, of channel: GenericTimerChannel, _ value: UInt64
  ) {
    registers[channel].compareValue = value
    settle(at: now)
  }

  /// The low half of CVAL less the count: what is left, or how long ago it was (GT-2).
  public func readTimerValue(at now: Instant, of channel: GenericTimerChannel) -> UInt32 {
    let remaining = registers[channel].compareValue &- counter(at: now, of: channel)
    return UInt32(truncatingIfNeeded: remaining)
  }

  /// Sets CVAL to the count plus `value`, which is signed (GT-2).
  ///
  /// The sum wraps: a negative value soon after the count's start gives a CVAL near 2^64, which
  /// is not met, though TVAL reads negative.
  public mutating func writeTimerValue(
    at now: Instant, of channel: GenericTimerChannel, _ value: UInt32
  ) {
    let distance = UInt64(bitPattern: Int64(Int32(bitPattern: value)))
    writeCompareValue(at: now, of: channel, counter(at: now, of: channel) &+ distance)
  }

  /// The host writes CNTVOFF, when it sets up or restores a timer (GT-13).
  public mutating func writeVirtualOffset(at now: Instant, _ offset: UInt64) {
    registers.virtualOffset = offset
    settle(at: now)
  }

  /// Clears both CTL and leaves CVAL and the offset alone (GT-11).
  ///
  /// The other half of a CPU's reset is the controller's; see
  /// ``InterruptControllerRules/resetInterrupt(_:cpu:)``.
  public mutating func reset(at now: Instant) {
    for channel in GenericTimerChannel.allCases { registers[channel].control = [] }
    settle(at: now)
  }

  /// Computes ``outputs`` and ``alarm`` from the registers and the time.
  ///
  /// A timer whose output is high needs no alarm (GT-7); both timers' alarms count, so that
  /// a thread that sleeps until the alarm misses neither (GT-9). A fall needs none either: without a
  /// write it comes only where CNTVCT wraps, and a host that samples the line looks first.
  public mutating func settle(at now: Instant) {
    outputs = []
    alarm = nil
    for channel in GenericTimerChannel.allCases {
      if output(at: now, of: channel) { outputs.insert(GenericTimerOutputs(channel)) }
      guard let rise = nextRise(after: now, of: channel) else { continue }
      alarm = min(alarm ?? rise, rise)
    }
  }
}
