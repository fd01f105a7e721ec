import Glibc
import LinuxHost
import Synchronization

/// Sends the calling thread the signal that kicks it, again and again, as another process may.
///
/// Assumes: `KickSignal.install()`, and that the thread does not hold the signal back.
final class StraySignals {
  private final class Shared: Sendable { let isOver = Atomic<Bool>(false) }

  private let shared = Shared()
  private var thread: HostThread?

  init() throws {
    let target = pthread_self()
    thread = try HostThread(named: "stray signals") { [shared] in
      while !shared.isOver.load(ordering: .relaxed) {
        pthread_kill(target, SIGURG)
        usleep(50)
      }
    }
  }

  func end() {
    shared.isOver.store(true, ordering: .relaxed)
    thread.take()?.join()
  }
}
