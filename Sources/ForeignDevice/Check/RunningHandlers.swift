internal import CForeignDevice
internal import TimerModels

/// The interrupts of a controller that were acknowledged and not ended: software ends the last one first.
///
/// What becomes of an end of another is open; a sequence that is being shortened may have lost the
/// acknowledgement.
struct RunningHandlers {
  private var acknowledged: [UInt8: [UInt64]] = [:]

  /// Notes an operation, and says whether software may do it.
  ///
  /// - Parameters:
  ///   - operation: The operation.
  ///   - value: What a right controller read in it.
  /// - Returns: Whether it ends the last one, or none.
  mutating func note(_ operation: DeviceOperation, _ value: UInt64) -> Bool {
    switch operation {
    case .read(let register)
    where register.space == .cpuInterface && register.offset == UInt32(GICC.iar):
      if value & 0x3ff < 1020 { acknowledged[register.cpu, default: []].append(value) }
    case .write(let register, let ended)
    where register.space == .cpuInterface && register.offset == UInt32(GICC.eoir):
      return acknowledged[register.cpu]?.popLast() == ended
    default: break
    }
    return true
  }
}
