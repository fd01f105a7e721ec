/// What records take whose storage is laid out before the guest runs.
extension MachineConfiguration {
  /// A vCPU's, in bytes.
  var vcpuRecordBytes: Int {
    TraceRing.byteCount(capacity: recording.exitCapacity)
      + (delivery.map {
        $0.recordBytesMax + $0.stampCapacity * MemoryLayout<HostStamp>.stride
          + $0.sampleCapacity * MemoryLayout<WitnessSample>.stride
      } ?? 0)
  }

  /// Both timers' of a vCPU, in bytes.
  var timerRecordBytes: Int {
    2
      * (TraceRing.byteCount(capacity: recording.timerCapacity)
        + (delivery?.stampCapacity ?? 0) * MemoryLayout<HostStamp>.stride)
  }
}
