internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// What a machine's devices take for the time.
enum MachineClock: Sendable {
  /// A clock that runs as the host's monotonic one does.
  case host(HostClock)
  /// A clock that moves only when the machine says so.
  case virtual(VirtualClock)

  /// Whether time passes by decree.
  var isVirtual: Bool { if case .virtual = self { true } else { false } }

  /// The present.
  ///
  /// Never before an earlier answer.
  func now() -> Instant {
    switch self {
    case .host(let clock): clock.now()
    case .virtual(let clock): clock.now()
    }
  }
}

/// The host's monotonic clock, set back or forward by a fixed time.
///
/// A machine that was restored goes on at the instant at which it was saved, on whatever host.
struct HostClock: Sendable {
  /// What is to be added to the machine's time to get the host's, in nanoseconds; may be negative.
  ///
  /// Both clocks count from below 2^63, so their difference is an Int64.
  private let difference: Int64

  /// The host's own time.
  init() { difference = 0 }

  /// A clock that shows `instant`, which is below 2^63 ns, now.
  init(showing instant: Instant) {
    difference = Int64(MonotonicClock.now()) - Int64(instant.nanoseconds)
  }

  func now() -> Instant {
    Instant(nanoseconds: UInt64(bitPattern: Int64(MonotonicClock.now()) - difference))
  }

  /// When the host's clock shows what this one will show at `instant`, in its nanoseconds.
  ///
  /// *Why clamped:* an instant before the host's own start has passed, which 0 says as well; one
  /// after the end of its time never comes.
  func hostTime(of instant: Instant) -> UInt64 {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(difference.magnitude)
    if difference >= 0 { return overflow ? .max : sum }
    return instant.nanoseconds - min(instant.nanoseconds, difference.magnitude)
  }
}

/// Virtual time: nanoseconds that pass by decree.
///
/// One thread, the one that runs all vCPUs, moves it; it is atomic because others may look.
final class VirtualClock: Sendable {
  private let nanoseconds: Atomic<UInt64>

  init(showing instant: Instant = .origin) { nanoseconds = Atomic(instant.nanoseconds) }

  func now() -> Instant { Instant(nanoseconds: nanoseconds.load(ordering: .relaxed)) }

  /// Lets time pass; at the end of all time it stands still.
  func advance(by duration: UInt64) { set(now().adding(nanoseconds: duration)) }

  /// Jumps forward; an instant that has passed changes nothing.
  func jump(to instant: Instant) { set(max(now(), instant)) }

  private func set(_ instant: Instant) {
    nanoseconds.store(instant.nanoseconds, ordering: .relaxed)
  }
}

/// How time passes for a guest.
public enum TimeSource: Hashable, Sendable {
  /// As on the host.
  case host
  /// By decree: every exit costs this many nanoseconds, and a halt lasts until the next alarm.
  ///
  /// One vCPU runs at a time, all in one thread, and they take turns at exits in the order of their
  /// numbers; interrupts are taken at exits, too. An instruction that makes several exits is not divided.
  /// So two runs make the same trace, whatever signals the host sends and however often a run is saved
  /// and restored. No standard input: it would come at the host's time.
  case virtual(exitCost: UInt64)
}

extension TimeSource {
  /// A machine's clock: the host's time, or virtual time from 0.
  func makeClock() -> MachineClock {
    switch self {
    case .host: .host(HostClock())
    case .virtual: .virtual(VirtualClock())
    }
  }

  /// The clock of a machine that goes on at `instant`, which is below 2^63 ns.
  func makeClock(showing instant: Instant) -> MachineClock {
    switch self {
    case .host: .host(HostClock(showing: instant))
    case .virtual: .virtual(VirtualClock(showing: instant))
    }
  }
}
