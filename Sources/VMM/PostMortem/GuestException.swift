/// An exception of a guest.
public struct GuestException: Hashable, Sendable {
  /// The vector, 0 to 31.
  public let vector: UInt8
  /// nil for one that has none.
  public let errorCode: UInt32?
  /// Whether it was being delivered, or waited to be, when the vCPU stopped.
  ///
  /// Otherwise KVM handled it some time before, and it may have been the last one or not: where a processor
  /// delivers exceptions itself, KVM hears of few.
  public let isPending: Bool

  /// An exception.
  public init(vector: UInt8, errorCode: UInt32?, isPending: Bool) {
    self.vector = vector
    self.errorCode = errorCode
    self.isPending = isPending
  }

  static let pageFault: UInt8 = 14

  /// The name of the processor manuals, such as `#PF`.
  public var name: String {
    switch vector {
    case 0: "#DE"
    case 1: "#DB"
    case 2: "NMI"
    case 3: "#BP"
    case 4: "#OF"
    case 5: "#BR"
    case 6: "#UD"
    case 7: "#NM"
    case 8: "#DF"
    case 10: "#TS"
    case 11: "#NP"
    case 12: "#SS"
    case 13: "#GP"
    case 14: "#PF"
    case 16: "#MF"
    case 17: "#AC"
    case 18: "#MC"
    case 19: "#XM"
    case 20: "#VE"
    case 21: "#CP"
    default: "exception \(vector)"
    }
  }

  /// What a page fault's error code says; nil for any other exception.
  public var pageFault: PageFault? {
    guard vector == Self.pageFault, let errorCode else { return nil }
    return PageFault(rawValue: errorCode)
  }
}

/// The error code of a page fault.
public struct PageFault: OptionSet, Hashable, Sendable {
  /// The bits, as the processor pushes them.
  public let rawValue: UInt32
  /// Wraps the bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// The page is there, and forbids the access.
  public static let protection = PageFault(rawValue: 1 << 0)
  /// A write.
  public static let write = PageFault(rawValue: 1 << 1)
  /// At CPL 3.
  public static let user = PageFault(rawValue: 1 << 2)
  /// An entry has a reserved bit.
  public static let reserved = PageFault(rawValue: 1 << 3)
  /// The fetch of an instruction.
  public static let fetch = PageFault(rawValue: 1 << 4)

  /// Such as `read by the supervisor, page not present`.
  public var text: String {
    let access = contains(.fetch) ? "fetch" : contains(.write) ? "write" : "read"
    let reason =
      contains(.reserved)
      ? "reserved bit set" : contains(.protection) ? "forbidden" : "page not present"
    return "\(access) by the \(contains(.user) ? "user" : "supervisor"), \(reason)"
  }
}
