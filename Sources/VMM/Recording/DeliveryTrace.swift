internal import TimerModels

/// What was kept of a run by a ``DeliveryPlan``.
public struct DeliveryTrace: Sendable {
  /// The records of vCPU 0, as the guest laid them out.
  public let records: [UInt8]
  /// Bytes of records that there was no room for.
  public let lostRecordBytes: Int
  /// What vCPU 0's thread stamped.
  public let threadStamps: HostStamps
  /// What vCPU 0's timers stamped, Count/Compare first.
  public let timerStamps: [HostStamps]
  /// What vCPU 0's thread saw of the host's scheduler, in the order of time.
  public let samples: [WitnessSample]
  /// The host's TSC against the machine's clock.
  public let calibration: TSCCalibration
  /// The guest's TSC less the host's, modulo 2^64.
  public let guestOffset: UInt64
  /// What deadlines on vCPU 0's counters are on the machine's clock.
  public let scale: DeadlineScale
}
