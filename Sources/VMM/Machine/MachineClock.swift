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
/// A machine that was restored continues at the instant at which it was saved, on whatever host.
///
/// *Why no overflow:* both clocks are counted from the moment at which they were set, forward and back, and
/// what is beyond either end of time is that end.
struct HostClock: Sendable {
  /// The host's time when this clock was set, in nanoseconds.
  private let hostStart: UInt64
  /// What this clock showed then.
  private let start: Instant

  /// The host's own time.
  init() { (hostStart, start) = (0, .origin) }

  /// A clock that shows `instant` now.
  init(showing instant: Instant) { (hostStart, start) = (MonotonicClock.now(), instant) }

  func now() -> Instant { instant(ofHostTime: MonotonicClock.now()) }

  /// What this clock shows when the host's, which never goes back, shows so many nanoseconds.
  func instant(ofHostTime time: UInt64) -> Instant {
    start.adding(nanoseconds: time - min(time, hostStart))
  }

  /// When the host's clock shows what this one will show at `instant`, in its nanoseconds.
  ///
  /// *Why clamped:* an instant before the host's own start has passed, which 0 says as well; one
  /// after the end of its time never comes.
  func hostTime(of instant: Instant) -> UInt64 {
    guard instant < start else {
      return Instant(nanoseconds: hostStart)
        .adding(nanoseconds: instant.nanoseconds - start.nanoseconds).nanoseconds
    }
    return hostStart - min(hostStart, start.nanoseconds - instant.nanoseconds)
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

  /// Goes back to an instant of a run that is run again.
  func turnBack(to instant: Instant) { set(instant) }

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

  /// The clock of a machine that continues at `instant`.
  func makeClock(showing instant: Instant) -> MachineClock {
    switch self {
    case .host: .host(HostClock(showing: instant))
    case .virtual: .virtual(VirtualClock(showing: instant))
    }
  }
}
