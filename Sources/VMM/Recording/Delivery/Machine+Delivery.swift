internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// What a run leaves of its guest's interrupts.
extension Machine {
  /// Gathers it, after all threads have ended.
  ///
  /// - Parameter first: The calibration's reading before the run.
  /// - Returns: All that was kept of each vCPU in turn; empty where KVM does not say what it takes to read it.
  func delivery(since first: TSCCalibration.Reading) -> [DeliveryTrace] {
    let calibration = TSCCalibration(first, .take(clock))
    let delivered = records.withLock { $0.delivered }
    let traces = vcpus.map { vcpu in
      delivered[vcpu.index].flatMap { delivery($0, of: vcpu, calibration) }
    }
    return traces.contains { $0 == nil } ? [] : traces.compactMap(\.self)
  }

  /// The same of one vCPU.
  func delivery(
    _ kept: VCPULoopRecords, of vcpu: VCPU, _ calibration: TSCCalibration
  ) -> DeliveryTrace? {
    let own = wiring.devices[vcpu.index]
    guard let count = try? own.cp0.countReading() else { return nil }
    let counter = own.genericTimer.virtualOrigin
    return DeliveryTrace(
      cpu: vcpu.index, records: kept.records, lostRecordBytes: kept.lostBytes,
      threadStamps: kept.stamps,
      timerStamps: [own.cp0.stamps, own.genericTimer.stamps], samples: kept.samples,
      calibration: calibration,
      // Kernels that lack the attribute do not say; theirs is 0 unless the TSC was written.
      guestOffset: vcpu.handle.hasTSCOffset ? (try? vcpu.handle.tscOffset()) ?? 0 : 0,
      scale: DeadlineScale(
        count: count.count, countInstant: count.now, countHertz: count.hertz,
        virtualOrigin: counter.ticks, frequency: counter.frequency))
  }
}
