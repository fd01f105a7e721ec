internal import KVM
internal import LinuxHost
internal import TimerModels

/// A vCPU's generic timer page, whatever rules its timer follows: the right ones, or a historic
/// bug's.
protocol GenericTimerRegistersPage: HostTimed {
  /// When CNTVCT became 0, in ticks of CNTPCT, and their frequency.
  var virtualOrigin: (ticks: UInt64, frequency: CounterFrequency) { get }
  func read(offset: Int, size: Int) throws(KVMError) -> UInt64
  func write(_ value: UInt64, offset: Int, size: Int) throws(KVMError)
  /// The lines that are high, or will be if nobody writes a register.
  func possibleLevels() throws(KVMError) -> UInt32
}

extension GenericTimerRegistersPage {
  /// Whether the timer will, left alone, interrupt its vCPU.
  func mayInterrupt(
    by controller: borrowing any PlatformInterruptController, cpu: Int
  ) -> Bool {
    guard cpu < controller.cpuCount, let levels = try? possibleLevels() else { return false }
    return controller.wouldInterrupt(cpu: cpu, ifHigh: levels)
  }
}

/// A vCPU's generic timer page with its host timer and its private interrupt lines.
///
/// The host timer's expiry is a hint to look again: the page's state is the guest's registers alone,
/// and a line's level is computed from them and the time (upstream commit 1a74847885cc).
final class GenericTimerDevice<Timer: GenericTimerRules, Lines: LineMemoryRules>:
  GenericTimerRegistersPage
{
  private let device: TimerDevice<GenericTimerPage<Timer>, Lines>

  /// Places a timer that goes on from `registers`.
  ///
  /// - Parameters:
  ///   - clock: The machine's.
  ///   - registers: What the guest or a checkpoint left.
  ///   - sink: The interrupt controller's private inputs of this vCPU, by interrupt number.
  ///   - stampCapacity: How many events to stamp.
  /// - Throws: ``SystemError`` where the host timer cannot be had.
  init(
    _ clock: MachineClock, registers: GenericTimerRegisters, sink: (any InterruptSink)?,
    stampCapacity: Int = 0
  ) throws(SystemError) {
    device = try TimerDevice(clock, sink: sink, stampCapacity: stampCapacity) {
      GenericTimerPage(Timer(at: $0, registers: registers))
    }
  }

  var descriptorNumber: Int32 { device.descriptorNumber }
  var alarm: Instant? { device.model.alarm }
  var virtualOrigin: (ticks: UInt64, frequency: CounterFrequency) {
    let registers = device.model.timer.registers
    return (registers.virtualOffset, registers.frequency)
  }
  var deferrals: UInt64 { device.deferrals }
  var stamps: HostStamps { device.stamps }

  @specialized(where Timer == GenericTimer, Lines == LineMemory)
  func read(offset: Int, size: Int) throws(KVMError) -> UInt64 {
    try device.withModel { page, now in page.read(at: now, offset: offset, size: size) }
  }

  @specialized(where Timer == GenericTimer, Lines == LineMemory)
  func write(_ value: UInt64, offset: Int, size: Int) throws(KVMError) {
    try device.withModel { page, now in page.write(at: now, value, offset: offset, size: size) }
  }

  func possibleLevels() throws(KVMError) -> UInt32 {
    try device.withModel { page, now in page.possibleLevels(at: now) }
  }

  @specialized(where Timer == GenericTimer, Lines == LineMemory)
  func wakeUp() throws(KVMError) { try device.wakeUp() }

  @specialized(where Timer == GenericTimer, Lines == LineMemory)
  func hostTimerExpired(woken: UInt64) throws(KVMError) {
    try device.hostTimerExpired(woken: woken)
  }

  @specialized(where Timer == GenericTimer, Lines == LineMemory)
  func beginWait() -> Instant? { device.beginWait() }

  @specialized(where Timer == GenericTimer, Lines == LineMemory)
  func endWait() throws(KVMError) { try device.endWait() }

  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try device.carry(by: &carrier)
  }
}
