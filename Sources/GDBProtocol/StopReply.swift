/// Why a guest stopped, or how it ended, as a client is told.
public struct StopReply: Hashable, Sendable {
  /// Signals that stand for what happens to a processor, by GDB's numbers.
  public enum Signal: UInt8, Hashable, Sendable {
    case interrupt = 2
    case illegalInstruction = 4
    case trap = 5
    case abort = 6
    case segmentationFault = 11
  }

  /// What goes with the signal.
  public enum Detail: Hashable, Sendable {
    case none
    case softwareBreakpoint
    case hardwareBreakpoint
    /// The memory at an address was written, or read.
    case watchpoint(Breakpoint.Kind, UInt64)
    /// There is nothing before this instant, or nothing after it.
    case historyBegins
    case historyEnds
  }

  /// The signal.
  public let signal: Signal
  /// The vCPU that stopped.
  public let cpu: Int
  /// What goes with it.
  public let detail: Detail

  /// A stop.
  public init(_ signal: Signal, cpu: Int, _ detail: Detail = .none) {
    (self.signal, self.cpu, self.detail) = (signal, cpu, detail)
  }

  /// The packet.
  public var packet: Packet {
    let thread = ThreadID.text(ofCPU: cpu)
    return Packet("T\(Hexadecimal.text([signal.rawValue]))thread:\(thread);\(note)")
  }

  private var note: String {
    switch detail {
    case .none: ""
    case .softwareBreakpoint: "swbreak:;"
    case .hardwareBreakpoint: "hwbreak:;"
    case .watchpoint(.access, let address): "awatch:\(Hexadecimal.text(address));"
    case .watchpoint(.read, let address): "rwatch:\(Hexadecimal.text(address));"
    case .watchpoint(_, let address): "watch:\(Hexadecimal.text(address));"
    case .historyBegins: "replaylog:begin;"
    case .historyEnds: "replaylog:end;"
    }
  }

  /// The guest ended with a status.
  public static func exited(_ status: UInt8) -> Packet { Packet("W" + Hexadecimal.text([status])) }

  /// The run was ended by a signal.
  public static func signalled(_ number: UInt8) -> Packet {
    Packet("X" + Hexadecimal.text([number]))
  }
}
