import Glibc
import LinuxHost
import Synchronization
import TestSupport

/// Sends the calling thread the signal that kicks it, again and again, as another process may.
///
/// Assumes: `KickSignal.install()`, and that the thread does not hold the signal back.
final class StraySignals {
  private final class Shared: Sendable { let isOver = Atomic<Bool>(false) }

  /// Microseconds between two of them: longer than an entry takes, or the thread would do nothing else.
  private static let interval: UInt32 = isEmulated ? 20_000 : 50

  private let shared = Shared()
  private var thread: HostThread?

  init() throws {
    let target = pthread_self()
    thread = try HostThread(named: "stray signals") { [shared] in
      while !shared.isOver.load(ordering: .relaxed) {
        pthread_kill(target, SIGURG)
        usleep(Self.interval)
      }
    }
  }

  func end() {
    shared.isOver.store(true, ordering: .relaxed)
    thread.take()?.join()
  }
}
