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
