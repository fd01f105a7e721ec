internal import GuestImages
internal import LinuxHost
internal import TimerModels

/// When a vCPU's thread ended its waits, until the guest's own stamps say what the entries took.
///
/// All times are of the guest's TSC. An entry ends with the first instruction of the handler
/// (``AdvanceRules``); of two that began before a handler ran, the later one brought it.
///
/// *Guarantee:* ``note(_:at:)`` neither allocates nor locks. What does not fit is not looked at.
struct EntryLog: Sendable {
  private struct Entry {
    let begun: UInt64
    let due: UInt64
  }

  private var entries = [Entry](mapping: capacity, writing: Entry(begun: 0, due: 0))
  private let kilohertz: UInt64
  /// The guest's TSC less the host's, modulo 2^64.
  private let guestOffset: UInt64

  /// More than a guest stamps before it hands its stamps over.
  private static let capacity = 1024

  /// A log of a guest whose TSC has so many kHz, not 0.
  init(kilohertz: UInt32, guestOffset: UInt64) {
    self.kilohertz = UInt64(max(kilohertz, 1))
    self.guestOffset = guestOffset
  }

  /// A wait for a deadline ended.
  mutating func note(_ deadline: Instant, at now: Instant) {
    guard entries.count < Self.capacity else { return }
    let begun = HostTSC.now() &+ guestOffset
    // An advance is shorter than a second: no overflow.
    let rest = min(deadline.nanoseconds - min(now, deadline).nanoseconds, 1_000_000_000)
    entries.append(Entry(begun: begun, due: begun &+ rest * kilohertz / 1_000_000))
  }

  /// Learns from records of the guest `deadlines`, and forgets the entries.
  mutating func judge(_ records: ArraySlice<UInt8>, _ advance: inout Advance) {
    var next = 0
    let size = Int(PLATFORM_DEADLINE_SIZE)
    for record in 0..<records.count / size {
      let start = records.startIndex + record * size + Int(PLATFORM_DEADLINE_HANDLER)
      let handler = records[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      while next < entries.count, Int64(bitPattern: handler &- entries[next].begun) >= 0 {
        next += 1
      }
      guard next > 0 else { continue }
      let entry = entries[next - 1]
      let cycles = min(handler &- entry.begun, 1 << 40)
      advance.note(entry: cycles * 1_000_000 / kilohertz)
      if Int64(bitPattern: handler &- entry.due) < 0 { advance.noteEarly() }
    }
    entries.removeAll(keepingCapacity: true)
  }
}
