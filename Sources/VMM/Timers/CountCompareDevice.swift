internal import GuestImages
internal import KVM
internal import LinuxHost
internal import TimerModels

/// A vCPU's CP0 page, whatever rules its timer follows: the right ones, or a historic bug's.
protocol CountComparePage: HostTimed {
  /// Whether the timer, left alone, would ever raise its line.
  var mayInterrupt: Bool { get }
  /// Whether the line is high.
  var isLineHigh: Bool { get }

  /// Count, when it was read, and its frequency in Hz.
  func countReading() throws(KVMError) -> (count: UInt32, now: Instant, hertz: UInt64)
  func read(offset: Int, size: Int) throws(KVMError) -> UInt64
  func write(_ value: UInt64, offset: Int, size: Int) throws(KVMError)
  func perform(_ command: TimerCommand) throws(KVMError)
  /// The line is low at its far end, which was made low or is new: says its level again, with no time
  /// passing for the timer.
  func resample() throws(KVMError)
}

/// A vCPU's CP0 page with its host timer and its interrupt line.
///
/// *Why what a guest causes is specialised:* a machine learns at run time which rules it follows, so
/// the compiler sees no concrete type here, and generic code takes three times as long.
final class CountCompareDevice<Timer: CountCompareRules>: CountComparePage {
  private let device: TimerDevice<CP0Page<Timer>, LineMemory>

  init(
    _ clock: MachineClock, sink: (any InterruptSink)?, stampCapacity: Int = 0
  ) throws(SystemError) {
    device = try TimerDevice(clock, sink: sink, stampCapacity: stampCapacity) { CP0Page(at: $0) }
  }

  var descriptorNumber: Int32 { device.descriptorNumber }
  var alarm: Instant? { device.model.alarm }
  var deferrals: UInt64 { device.deferrals }
  var stamps: HostStamps { device.stamps }
  var mayInterrupt: Bool { device.model.mayInterrupt }
  var isLineHigh: Bool { device.model.interruptLine }

  @specialized(where Timer == CountCompareTimer)
  func read(offset: Int, size: Int) throws(KVMError) -> UInt64 {
    try device.withModel { page, now in page.read(at: now, offset: offset, size: size) }
  }

  @specialized(where Timer == CountCompareTimer)
  func write(_ value: UInt64, offset: Int, size: Int) throws(KVMError) {
    try device.withModel { page, now in page.write(at: now, value, offset: offset, size: size) }
  }

  @specialized(where Timer == CountCompareTimer)
  func perform(_ command: TimerCommand) throws(KVMError) {
    try device.withModel { page, now in page.perform(at: now, command) }
  }

  @specialized(where Timer == CountCompareTimer)
  func wakeUp() throws(KVMError) { try device.wakeUp() }

  @specialized(where Timer == CountCompareTimer)
  func hostTimerExpired(woken: UInt64) throws(KVMError) {
    try device.hostTimerExpired(woken: woken)
  }

  @specialized(where Timer == CountCompareTimer)
  func beginWait() -> Instant? { device.beginWait() }

  @specialized(where Timer == CountCompareTimer)
  func endWait() throws(KVMError) { try device.endWait() }

  func countReading() throws(KVMError) -> (count: UInt32, now: Instant, hertz: UInt64) {
    try device.withModel { page, now in
      let count = page.read(at: now, offset: Int(PLATFORM_CP0_COUNT - PLATFORM_CP0), size: 4)
      return (UInt32(truncatingIfNeeded: count), now, page.timer.state.frequency.hertz)
    }
  }

  func resample() throws(KVMError) { try device.resample() }

  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try device.carry(by: &carrier)
  }
}
