internal import LinuxHost

/// When a search gives up, on the host's monotonic clock.
@usableFromInline
struct Deadline: Sendable {
  private let instant: UInt64

  /// So many seconds from now, or never where that is beyond the clock's end.
  @usableFromInline
  init(seconds: UInt64) {
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, late) = MonotonicClock.now().addingReportingOverflow(nanoseconds)
    instant = overflow || late ? .max : sum
  }

  @usableFromInline var hasPassed: Bool { MonotonicClock.now() > instant }
}
