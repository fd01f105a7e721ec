internal import TimerModels

/// What was kept of one vCPU of a run by a ``DeliveryPlan``.
public struct DeliveryTrace: Sendable {
  /// Which vCPU's it is.
  public let cpu: Int
  /// The records of the vCPU, as the guest laid them out.
  public let records: [UInt8]
  /// Bytes of records that there was no room for.
  public let lostRecordBytes: Int
  /// What its thread stamped.
  public let threadStamps: HostStamps
  /// What its timers stamped, Count/Compare first.
  public let timerStamps: [HostStamps]
  /// What its thread saw of the host's scheduler, in the order of time.
  public let samples: [WitnessSample]
  /// The host's TSC against the machine's clock.
  public let calibration: TSCCalibration
  /// The guest's TSC less the host's, modulo 2^64.
  public let guestOffset: UInt64
  /// What deadlines on the vCPU's counters are on the machine's clock.
  public let scale: DeadlineScale
}
