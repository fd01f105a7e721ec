/// How long before a deadline a thread asks to be woken, so as to be running when it comes.
///
/// A host wakes threads late, by a time that varies. What is kept here is a high quantile of that
/// time, learnt one wake-up at a time: a wake-up later than the margin raises it by 255 steps, any
/// other lowers it by one. So it rests where 255 of 256 wake-ups come in time, whatever their
/// distribution, and a single one that took milliseconds moves it no more than any other late one.
struct WakeUpMargin: Hashable, Sendable {
  /// The margin in nanoseconds, at most ``nanosecondsMax``.
  private(set) var nanoseconds: UInt64 = 60_000

  /// Beyond this it is another thread that has the processor, and no margin would help.
  static let nanosecondsMax: UInt64 = 250_000

  /// Small against what is to be learnt, some tens of microseconds.
  static let step: UInt64 = 50

  /// Learns from a wake-up that came `lateness` nanoseconds after the time that was asked for.
  mutating func note(lateness: UInt64) {
    if lateness > nanoseconds {
      nanoseconds = min(nanoseconds + 255 * Self.step, Self.nanosecondsMax)
    } else {
      nanoseconds -= min(nanoseconds, Self.step)
    }
  }
}
