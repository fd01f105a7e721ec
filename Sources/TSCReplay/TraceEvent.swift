/// What the host's kernel keeps time by, as the trace events say it.
public enum HostClock: Hashable, Sendable, CustomStringConvertible {
  /// Its TSC, or the TSC page of the Hyper-V below it: a master clock is possible.
  case tsc
  /// Something else, by the kernel's name for it: a master clock is ruled out.
  case other(String)
  /// What this program does not know, as it was printed: nothing follows from it.
  case unknown(String)

  /// The clock by the number that the kernel has for how user space reads it.
  init(number: UInt64, printed: @autoclosure () -> String) {
    switch number {
    case 0: self = .other("none")
    case 1: self = .tsc
    // Before Linux 4.7 it was an HPET, which rules a master clock out just so.
    case 2: self = .other("pvclock")
    // The Hyper-V TSC page, on which KVM builds master clocks too.
    case 3: self = .tsc
    default: self = .unknown(printed())
    }
  }

  /// The clock by the name that the kernel prints, or has for it in its source.
  init(name: String) {
    switch name {
    case "tsc", "VDSO_CLOCKMODE_TSC", "VCLOCK_TSC": self = .tsc
    case "hvclock", "VDSO_CLOCKMODE_HVCLOCK", "VCLOCK_HVCLOCK": self = .tsc
    case "none", "VDSO_CLOCKMODE_NONE", "VCLOCK_NONE": self = .other("none")
    case "hpet", "VCLOCK_HPET": self = .other("hpet")
    case "pvclock", "VDSO_CLOCKMODE_PVCLOCK", "VCLOCK_PVCLOCK": self = .other("pvclock")
    default: self = .unknown(name)
    }
  }

  /// Whether KVM can build a master clock on it, or nil where that is not known.
  public var allowsMasterClock: Bool? {
    switch self {
    case .tsc: true
    case .other: false
    case .unknown: nil
    }
  }

  /// The name; an unknown one may hold anything.
  public var description: String {
    switch self {
    case .tsc: "tsc"
    case .other(let name), .unknown(let name): name
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

/// Who caused an event, as far as the trace's layout says it.
public struct TraceTask: Hashable, Sendable {
  /// The thread's id.
  public var thread: Int
  /// The id of its process, or nil where the layout has none.
  public var process: Int?
  /// Its name, the first byte lowest: the kernel keeps 15, and the rest is 0.
  var nameBytes: UInt128

  /// Creates a task.
  public init(thread: Int, process: Int? = nil, name: String = "") {
    self.thread = thread
    self.process = process
    nameBytes = name.utf8.prefix(15).reversed().reduce(0) { $0 << 8 | UInt128($1) }
  }

  /// The name, which may hold anything.
  public var name: String {
    let bytes = (0..<15).map { UInt8(truncatingIfNeeded: nameBytes >> (8 * $0)) }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
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

  /// Whether it is earlier than another one, whatever the number of digits behind the points.
  func isBefore(_ other: TraceTime) -> Bool {
    guard decimals != other.decimals else { return digits < other.digits }
    // 10^19 times 10^19 fits 128 bits.
    return UInt128(digits) * Self.power(other.decimals)
      < UInt128(other.digits) * Self.power(decimals)
  }

  private static func power(_ exponent: Int) -> UInt128 {
    (0..<exponent).reduce(1) { power, _ in power * 10 }
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
  /// Who caused it, or nil where the layout does not say it.
  public var task: TraceTask?

  /// Creates a record.
  public init(_ event: TraceEvent, line: Int, time: TraceTime?, task: TraceTask? = nil) {
    self.event = event
    self.line = line
    self.time = time
    self.task = task
  }
}

/// Why a text is not a trace, and where.
public struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, counted from 1.
  public var line: Int
  /// What is wrong, as a phrase without a full stop.
  public var problem: String

  /// The place and the problem.
  public var description: String { "line \(line): \(problem)" }
}
