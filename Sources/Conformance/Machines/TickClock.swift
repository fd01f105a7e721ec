internal import TimerModels

/// The edges of a clock that ticks from the origin of time on, computed exactly.
struct TickClock {
  /// Ticks per second, from 1 to 10^9.
  let hertz: UInt64

  /// An eighth of a tick, or a nanosecond where that is longer.
  var smallestStep: UInt64 { max(1, 125_000_000 / hertz) }

  /// The number of the last edge at or before `instant`, edge 0 being the origin.
  private func edge(before instant: Instant) -> UInt128 {
    UInt128(instant.nanoseconds) * UInt128(hertz) / 1_000_000_000
  }

  /// The first nanosecond at or after an edge; nil past the end of time.
  ///
  /// No overflow: an edge's number is below 2^64 + 2^64, and 2^65 * 10^9 is below 2^95.
  private func nanoseconds(ofEdge edge: UInt128) -> UInt64? {
    UInt64(exactly: (edge * 1_000_000_000 + UInt128(hertz) - 1) / UInt128(hertz))
  }

  /// The `ticks`-th edge after `instant`, as the first nanosecond at or after it.
  func edge(after ticks: UInt64, from instant: Instant) -> Instant? {
    nanoseconds(ofEdge: edge(before: instant) + UInt128(ticks)).map(Instant.init(nanoseconds:))
  }

  /// The instant at which exactly `ticks` more edges have passed than at `instant`, as long
  /// after the last of them as `instant` is after its own, if the ticks' lengths allow it.
  func instant(after ticks: UInt64, from instant: Instant) -> Instant? {
    let current = edge(before: instant)
    guard let start = nanoseconds(ofEdge: current),
      let end = nanoseconds(ofEdge: current + UInt128(ticks))
    else { return nil }
    // Ticks differ by a nanosecond in length; the next edge must not be passed.
    let next = nanoseconds(ofEdge: current + UInt128(ticks) + 1) ?? .max
    let phase = instant.nanoseconds - start
    let (sum, overflow) = end.addingReportingOverflow(phase)
    return overflow ? nil : Instant(nanoseconds: min(sum, next - 1))
  }

  /// The instant `nanoseconds` after `instant`; nil past the end of time.
  func instant(nanoseconds: UInt64, after instant: Instant) -> Instant? {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(nanoseconds)
    return overflow ? nil : Instant(nanoseconds: sum)
  }

  /// The instant two ticks before `instant`, or the origin.
  func instant(twoTicksBefore instant: Instant) -> Instant {
    let distance = 2 * (1_000_000_000 / hertz + 1)
    let nanoseconds = instant.nanoseconds
    return Instant(nanoseconds: nanoseconds > distance ? nanoseconds - distance : 0)
  }
}
