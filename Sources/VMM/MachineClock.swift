internal import LinuxHost
internal import Synchronization
internal import TimerModels

/// What a machine's devices take for the time.
enum MachineClock: Sendable {
  /// The host's monotonic clock.
  case host
  /// A clock that moves only when the machine says so.
  case virtual(VirtualClock)

  /// Whether time passes by decree.
  var isVirtual: Bool { if case .virtual = self { true } else { false } }

  /// The present.
  ///
  /// Never before an earlier answer.
  func now() -> Instant {
    switch self {
    case .host: Instant(nanoseconds: MonotonicClock.now())
    case .virtual(let clock): clock.now()
    }
  }
}

/// Virtual time: nanoseconds that pass by decree.
///
/// One thread, the one that runs all vCPUs, moves it; it is atomic because others may look.
final class VirtualClock: Sendable {
  private let nanoseconds = Atomic<UInt64>(0)

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
  /// numbers; so two runs make the same trace. No standard input: it would come at the host's time.
  case virtual(exitCost: UInt64)
}

extension TimeSource {
  func makeClock() -> MachineClock {
    switch self {
    case .host: .host
    case .virtual: .virtual(VirtualClock())
    }
  }
}
