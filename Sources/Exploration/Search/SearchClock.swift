internal import LinuxHost

/// How long a search has run, and when it gives up, on the host's monotonic clock.
@usableFromInline
struct SearchClock: Sendable {
  private let start: UInt64
  private let end: UInt64

  /// Gives up so many seconds from now, or never where that is beyond the clock's end.
  @usableFromInline
  init(seconds: UInt64) {
    start = MonotonicClock.now()
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, late) = start.addingReportingOverflow(nanoseconds)
    end = overflow || late ? .max : sum
  }

  @usableFromInline var isOver: Bool { MonotonicClock.now() > end }

  /// Nanoseconds since the start.
  @usableFromInline var elapsed: UInt64 { MonotonicClock.now() - start }
}
