import Glibc
import Synchronization
import Testing

@testable import LinuxHost

@Suite("Threads", .serialized)
struct ThreadTests {
  @Test("a thread runs its body once, and joining waits for the end of it")
  func joining() throws {
    final class Counter: Sendable { let value = Atomic<Int>(0) }
    let counter = Counter()
    let thread = try HostThread(named: "test") { counter.value.add(1, ordering: .relaxed) }
    thread.join()
    #expect(counter.value.load(ordering: .relaxed) == 1)
  }

  /// The window: the thread looks for work, finds none, and is about to sleep when the work and the
  /// kick arrive.
  ///
  /// A kick that got lost in it would leave the thread asleep for ever, so the rounds end only if
  /// none is.
  @Test("a kick that arrives between looking and waiting ends the wait", .timeLimit(.minutes(1)))
  func kickBetweenLookAndWait() throws {
    final class Shared: Sendable {
      let work = Atomic<Int>(0)
      let done = Atomic<Int>(0)
    }
    KickSignal.install()
    let rounds = 20_000
    let shared = Shared()
    let thread = try HostThread(named: "sleeper") {
      KickSignal.block()
      for round in 1...rounds {
        while shared.work.load(ordering: .sequentiallyConsistent) < round {
          _ = Poller.wait(for: [-1, -1, -1, -1])
        }
        shared.done.store(round, ordering: .sequentiallyConsistent)
      }
    }
    for round in 1...rounds {
      shared.work.store(round, ordering: .sequentiallyConsistent)
      thread.interrupt()
      while shared.done.load(ordering: .sequentiallyConsistent) < round { sched_yield() }
    }
    thread.join()
    #expect(shared.done.load(ordering: .relaxed) == rounds)
  }

  @Test(
    "a thread holds back what is sent to the process, and not its kick; its creator's mask stays")
  func mask() throws {
    final class Shared: Sendable { let held = Mutex<[Int32]>([]) }
    let shared = Shared()
    let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGALRM, SIGTSTP, SIGCONT]
    let others = [SIGURG, SIGSEGV, SIGTTOU]
    func held() -> [Int32] {
      var mask = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &mask)
      return (signals + others).filter { sigismember(&mask, $0) == 1 }
    }
    let before = held()
    let thread = try HostThread(named: "mask") {
      var mask = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &mask)
      let found = (signals + others).filter { sigismember(&mask, $0) == 1 }
      shared.held.withLock { $0 = found }
    }
    thread.join()
    #expect(shared.held.withLock { $0 } == signals)
    #expect(held() == before)
  }
}
