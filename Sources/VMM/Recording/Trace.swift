public import KVM

/// One line of a trace.
public struct TraceEvent: Hashable, Sendable {
  /// What happened.
  public enum Content: Hashable, Sendable {
    /// The guest stopped.
    case exit(VCPUExit)
    /// The guest set a mark.
    case mark(UInt32)
    /// An interrupt was injected.
    case interrupt(vector: UInt8)
  }

  /// Nanoseconds of the machine's clock.
  public let time: UInt64
  /// The vCPU, from 0.
  public let cpu: Int
  /// What happened.
  public let content: Content

  /// The event as a line without its end: time in nanoseconds since `start`, vCPU, what happened.
  public func line(since start: UInt64) -> String {
    let what =
      switch content {
      case .mark(let mark): "mark \(mark)"
      case .interrupt(let vector): "interrupt 0x\(String(vector, radix: 16))"
      case .exit(.store(let address, let size, let value)):
        "store 0x\(String(address, radix: 16)) \(size) = 0x\(String(value, radix: 16))"
      case .exit(let exit): ExitKind(exit).description
      }
    return "\(time - start) cpu\(cpu) \(what)"
  }
}

/// The latest events of one vCPU, in storage that is laid out once.
public struct TraceRing: Sendable {
  static let defaultCapacity = 1 << 16

  private var storage: [TraceEvent]
  private let capacity: Int
  private var total = 0

  /// A ring that keeps the latest `capacity` events; 0 keeps none.
  init(capacity: Int) {
    self.capacity = capacity
    storage = []
    storage.reserveCapacity(capacity)
  }

  /// How many events were overwritten by later ones.
  public var lost: Int { total - storage.count }

  /// The kept events, the oldest first.
  public var events: [TraceEvent] {
    guard lost > 0 else { return storage }
    let oldest = total % capacity
    return Array(storage[oldest...] + storage[..<oldest])
  }

  mutating func append(_ event: TraceEvent) {
    guard capacity > 0 else { return }
    if storage.count < capacity { storage.append(event) } else { storage[total % capacity] = event }
    total += 1
  }
}
