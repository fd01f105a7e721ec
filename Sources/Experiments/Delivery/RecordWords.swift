internal import GuestImages
internal import VMM

/// The numbers of what a vCPU's guest `deadlines` recorded, or of a part of it.
struct RecordWords {
  private let trace: DeliveryTrace

  private static let size = Int(PLATFORM_DEADLINE_SIZE)

  init(_ trace: DeliveryTrace) { self.trace = trace }

  /// A field of a record, by its offset.
  struct Field {
    fileprivate let offset: Int
    static let point = Field(offset: Int(PLATFORM_DEADLINE_POINT))
    static let handler = Field(offset: Int(PLATFORM_DEADLINE_HANDLER))
    static let acknowledged = Field(offset: Int(PLATFORM_DEADLINE_ACKNOWLEDGED))
    static let ended = Field(offset: Int(PLATFORM_DEADLINE_ENDED))
  }

  /// How many records there are, the first included, which is of no interrupt.
  var count: Int { trace.records.count / Self.size }

  /// A number as the guest wrote it.
  subscript(_ record: Int, _ field: Field) -> UInt64 {
    let start = record * Self.size + field.offset
    return trace.records[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A number that is a guest's TSC, in nanoseconds.
  func instant(_ record: Int, _ field: Field) -> UInt64 { nanoseconds(self[record, field]) }

  /// A guest's TSC in nanoseconds.
  func nanoseconds(_ cycles: UInt64) -> UInt64 {
    trace.calibration.nanoseconds(at: cycles &- trace.guestOffset)
  }
}
