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
    /// Something happened to one of the vCPU's timers.
    case timer(TimerEvent)
  }

  /// Nanoseconds of the machine's clock.
  public let time: UInt64
  /// The vCPU, from 0.
  public let cpu: Int
  /// What happened.
  public let content: Content
  /// What an exit's access read or wrote, the first repetition's; nil where it did neither, or not yet.
  public internal(set) var value: UInt64?

  /// The event as a line without its end: time in nanoseconds of the machine's clock, vCPU, what happened.
  public var line: String { "\(time) cpu\(cpu) \(text)" }

  /// What happened, as a person reads it: `store 0xd0001028 8 = 0x5f5e100 CNTV_CVAL`.
  public var text: String {
    switch content {
    case .mark(let mark): "mark \(mark)"
    case .interrupt(let vector): "interrupt 0x\(String(vector, radix: 16))"
    case .timer(let event): event.text(at: time)
    case .exit(let exit): text(of: exit)
    }
  }

  private func text(of exit: VCPUExit) -> String {
    var text = ExitKind(exit).description
    if case .port(let access) = exit, access.count > 1 { text += ", \(access.count) times" }
    if let value { text += " = \(hex(value))" }
    if let name = RegisterName.ofExit(exit) { text += " \(name)" }
    if let said = value.flatMap({ RegisterName.interruptText(exit, value: $0) }) {
      text += ", \(said)"
    }
    return text
  }

  /// Where the event stands among those of its instant and vCPU: what woke a timer comes before the vCPU's
  /// own events, and what an exit did to a timer behind the exit.
  ///
  /// *Why it is needed:* virtual time stands still between an exit and what follows from it.
  var rank: Int {
    guard case .timer(let event) = content else { return 1 }
    return event.occasion == .access ? 2 : 0
  }
}
