/// What the host's kernel keeps time by, as the trace events name it.
public enum HostClock: Hashable, Sendable, CustomStringConvertible {
  /// Its TSC, or the TSC page of the Hyper-V below it: a master clock is possible.
  case tsc
  /// Something else, by the name printed, or a number that had none.
  case other(String)

  /// The name.
  public var description: String {
    switch self {
    case .tsc: "tsc"
    case .other(let name): name
    }
  }
}

/// One of KVM's trace events about TSCs.
public enum TraceEvent: Hashable, Sendable {
  /// `kvm_write_tsc_offset`: a vCPU got a new offset, for whatever reason.
  case writeOffset(vcpu: Int, previous: UInt64, next: UInt64)
  /// `kvm_track_tsc`: a TSC was synchronised, just after its offset was written.
  ///
  /// `usesMasterClock` is as it was before the event had any effect on it; `matched` leaves out
  /// the vCPU that started the generation.
  case track(vcpu: Int, usesMasterClock: Bool, matched: Int, online: Int, clock: HostClock)
  /// `kvm_update_master_clock`: the master clock was computed anew.
  case update(usesMasterClock: Bool, clock: HostClock, areAllMatched: Bool)
}

/// A time stamp as a trace has it: usually seconds, with a fraction.
public struct TraceTime: Hashable, Sendable, CustomStringConvertible {
  /// All digits, as one number.
  public var digits: UInt64
  /// How many of them stand behind the point.
  public var decimals: Int

  /// Creates a time stamp.
  public init(digits: UInt64, decimals: Int) {
    self.digits = digits
    self.decimals = decimals
  }

  /// The time stamp as it was printed.
  public var description: String {
    let text = String(digits)
    guard decimals > 0 else { return text }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - text.utf8.count)) + text
    return "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }
}

/// An event and where it stands.
public struct TraceRecord: Hashable, Sendable {
  /// What happened.
  public var event: TraceEvent
  /// The line, counted from 1.
  public var line: Int
  /// The time stamp, or nil where there is none.
  public var time: TraceTime?

  /// Creates a record.
  public init(_ event: TraceEvent, line: Int, time: TraceTime?) {
    self.event = event
    self.line = line
    self.time = time
  }
}

/// Why a text is no trace, and where.
public struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, counted from 1.
  public var line: Int
  /// What is wrong, as a phrase without a full stop.
  public var problem: String

  /// The place and the problem.
  public var description: String { "line \(line): \(problem)" }
}
