public import KVM
internal import TimerModels

/// What a run records about its exits.
public struct Recording: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// Wraps the bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// Counts and durations by reason and place.
  public static let statistics = Recording(rawValue: 1)
  /// Every exit and every mark, with its time.
  public static let trace = Recording(rawValue: 2)
}

/// What one vCPU records; owned by its thread, so it needs no lock.
///
/// With nothing to record, an exit costs two tests of a byte. With statistics it costs three reads
/// of the clock; all storage is laid out before the guest starts.
struct ExitRecorder {
  private let recording: Recording
  private let clock: MachineClock
  private let cpu: Int
  private(set) var statistics = ExitStatistics()
  private(set) var trace: TraceRing
  private var entered: UInt64 = 0
  private var exited: UInt64 = 0
  /// What the exit in hand is counted under; nil while there is none that counts.
  private var kind: ExitKind?

  init(_ recording: Recording, clock: MachineClock, cpu: Int) {
    self.recording = recording
    self.clock = clock
    self.cpu = cpu
    trace = TraceRing(capacity: recording.contains(.trace) ? TraceRing.defaultCapacity : 0)
    if recording.contains(.statistics) { statistics.reserve() }
  }

  mutating func willEnter() {
    guard !recording.isEmpty else { return }
    kind = nil
    entered = clock.now().nanoseconds
  }

  mutating func didExit(_ exit: VCPUExit) {
    guard !recording.isEmpty else { return }
    // In virtual time a signal of the host's is nothing that happened.
    if exit == .interrupted && clock.isVirtual { return }
    exited = clock.now().nanoseconds
    kind = ExitKind(exit)
    trace.append(TraceEvent(time: exited, cpu: cpu, content: .exit(exit)))
  }

  mutating func didHandle() {
    guard recording.contains(.statistics), let kind else { return }
    statistics.note(
      kind, guestNanoseconds: exited - entered, hostNanoseconds: clock.now().nanoseconds - exited)
  }

  mutating func noteInterrupt(vector: UInt8) {
    guard recording.contains(.trace) else { return }
    trace.append(
      TraceEvent(time: clock.now().nanoseconds, cpu: cpu, content: .interrupt(vector: vector)))
  }

  mutating func note(mark: UInt32) {
    guard !recording.isEmpty else { return }
    statistics.marks += 1
    trace.append(TraceEvent(time: clock.now().nanoseconds, cpu: cpu, content: .mark(mark)))
  }
}

/// What exits are counted under: the reason, and the place where there is one.
public struct ExitKind: Hashable, Sendable, CustomStringConvertible {
  /// The reason, one byte; then the access size; then the port or the address.
  private let reason: Reason
  private let size: UInt8
  private let place: UInt64

  private enum Reason: UInt8 {
    case interrupted, portIn, portOut, load, store, halt, interruptWindow, priorityLowered
    case endOfInterrupt, end
  }

  private init(reason: Reason, size: Int = 0, place: UInt64 = 0) {
    self.reason = reason
    self.size = UInt8(truncatingIfNeeded: size)
    self.place = place
  }

  /// The kind of an exit.
  public init(_ exit: VCPUExit) {
    switch exit {
    case .interrupted: self.init(reason: .interrupted)
    case .port(let access):
      self.init(
        reason: access.isWrite ? .portOut : .portIn, size: access.size, place: UInt64(access.port))
    case .load(let address, let size): self.init(reason: .load, size: size, place: address)
    case .store(let address, let size, _): self.init(reason: .store, size: size, place: address)
    case .halt: self.init(reason: .halt)
    case .interruptWindow: self.init(reason: .interruptWindow)
    case .priorityLowered: self.init(reason: .priorityLowered)
    case .endOfInterrupt(let vector): self.init(reason: .endOfInterrupt, place: UInt64(vector))
    default: self.init(reason: .end)
    }
  }

  /// The kind as a person reads it: `out 0x3f8 1`.
  public var description: String {
    let address = "0x" + String(place, radix: 16)
    return switch reason {
    case .interrupted: "kick or signal"
    case .portIn: "in \(address) \(size)"
    case .portOut: "out \(address) \(size)"
    case .load: "load \(address) \(size)"
    case .store: "store \(address) \(size)"
    case .halt: "hlt"
    case .interruptWindow: "interrupt window"
    case .priorityLowered: "cr8 lowered"
    case .endOfInterrupt: "eoi \(address)"
    case .end: "end"
    }
  }
}

/// Exits counted by kind.
///
/// A table of fixed size, so that counting allocates nothing: kinds beyond its capacity are counted
/// together.
public struct ExitStatistics: Sendable {
  /// One kind's counts.
  public struct Row: Hashable, Sendable {
    /// The kind; nil for all that the table had no row for.
    public let kind: ExitKind?
    /// How many exits.
    public internal(set) var count = 0
    /// Time from entry to exit, in nanoseconds: the guest's, and KVM's own work.
    public internal(set) var guestNanoseconds: UInt64 = 0
    /// Time from exit to the next entry, in nanoseconds: this program's.
    public internal(set) var hostNanoseconds: UInt64 = 0
    /// The longest ``hostNanoseconds`` of one exit.
    public internal(set) var hostNanosecondsMax: UInt64 = 0
  }

  static let capacity = 64

  /// The rows, in the order in which their kinds first occurred; the last is for all others.
  public private(set) var rows: [Row] = []
  /// Marks that the guest set.
  public internal(set) var marks = 0

  /// No exits.
  public init() {}

  mutating func reserve() { rows.reserveCapacity(Self.capacity + 1) }

  mutating func note(_ kind: ExitKind, guestNanoseconds: UInt64, hostNanoseconds: UInt64) {
    var one = Row(kind: kind)
    one.count = 1
    one.guestNanoseconds = guestNanoseconds
    one.hostNanoseconds = hostNanoseconds
    one.hostNanosecondsMax = hostNanoseconds
    add(one)
  }

  /// Adds another vCPU's counts.
  public mutating func merge(_ other: ExitStatistics) {
    for row in other.rows { add(row) }
    marks += other.marks
  }

  private mutating func add(_ row: Row) {
    let index = index(for: row.kind)
    rows[index].count += row.count
    rows[index].guestNanoseconds += row.guestNanoseconds
    rows[index].hostNanoseconds += row.hostNanoseconds
    rows[index].hostNanosecondsMax = max(rows[index].hostNanosecondsMax, row.hostNanosecondsMax)
  }

  /// A scan from the front: the kinds that matter are few and occur early.
  private mutating func index(for kind: ExitKind?) -> Int {
    for index in rows.indices where rows[index].kind == kind { return index }
    if rows.count >= Self.capacity && kind != nil { return self.index(for: nil) }
    rows.append(Row(kind: kind))
    return rows.count - 1
  }
}
