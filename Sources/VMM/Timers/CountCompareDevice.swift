internal import KVM
internal import TimerModels

/// A vCPU's CP0 page with its host timer and its interrupt line.
typealias CountCompareDevice<Timer: CountCompareInterface & Saveable> =
  TimerDevice<CP0Page<Timer>, LineMemory> where Timer.State: Checkpointed

/// A CP0 page, whatever rules its timer follows.
protocol CountComparePage: TimerPage {
  /// Carries out what the guest asked of its host through the lab port.
  ///
  /// - Parameters:
  ///   - now: The instant at which all of it happens.
  ///   - command: The request, in range.
  mutating func perform(at now: Instant, _ command: TimerCommand)

  /// Count at `now`, and its frequency in Hz.
  mutating func countReading(at now: Instant) -> (count: UInt32, hertz: UInt64)
}

/// The platform's Count/Compare timer.
protocol PlatformCountCompare: PlatformTimer {
  func perform(_ command: TimerCommand) throws(KVMError)
  /// Count, when it was read, and its frequency in Hz.
  func countReading() throws(KVMError) -> (count: UInt32, now: Instant, hertz: UInt64)
}

extension TimerDevice: PlatformCountCompare where Page: CountComparePage {
  @specialized(where Page == CP0Page<CountCompareTimer>, Lines == LineMemory)
  func perform(_ command: TimerCommand) throws(KVMError) {
    try withPage { page, now in page.perform(at: now, command) }
  }

  func countReading() throws(KVMError) -> (count: UInt32, now: Instant, hertz: UInt64) {
    try withPage { page, now in
      let (count, hertz) = page.countReading(at: now)
      return (count, now, hertz)
    }
  }
}
