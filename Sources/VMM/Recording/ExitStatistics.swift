internal import KVM
internal import TimerModels

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
