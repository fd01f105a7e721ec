internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// What a run leaves of its guest's interrupts.
extension Machine {
  /// Gathers it, after all threads have ended.
  ///
  /// - Parameter first: The calibration's reading before the run.
  /// - Returns: All that was kept, or nil where KVM does not say what it takes to read it.
  func delivery(since first: TSCCalibration.Reading) -> DeliveryTrace? {
    let calibration = TSCCalibration(first, .take(clock))
    let own = wiring.devices[0]
    guard let kept = records.withLock({ $0.delivered }), let count = try? own.cp0.countReading()
    else {
      return nil
    }
    let counter = own.genericTimer.virtualOrigin
    return DeliveryTrace(
      records: kept.records, lostRecordBytes: kept.lostBytes, threadStamps: kept.stamps,
      timerStamps: [own.cp0.stamps, own.genericTimer.stamps], samples: kept.samples,
      calibration: calibration,
      // Kernels that lack the attribute do not say; theirs is 0 unless somebody wrote the TSC.
      guestOffset: vcpus[0].handle.hasTSCOffset ? (try? vcpus[0].handle.tscOffset()) ?? 0 : 0,
      scale: DeadlineScale(
        count: count.count, countInstant: count.now, countHertz: count.hertz,
        virtualOrigin: counter.ticks, frequency: counter.frequency))
  }
}
