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

  @Test("a kick that is repeated leaves a thread that returns slowly time to execute")
  func repeatedKicks() throws {
    KickSignal.install()
    let areRare = try onThread {
      let timer = try? KickTimer()
      let end = MonotonicClock.now() + 100_000_000
      var kicks = 0
      timer?.set(in: 1000)
      while MonotonicClock.now() < end {
        Poller.pause(until: end)
        kicks += MonotonicClock.now() < end ? 1 : 0
      }
      timer?.clear()
      // After 1 µs, 0.5 ms, 1 ms, 2 ms ... 64 ms; in the same time there would be 200 at the first interval.
      return (2...9).contains(kicks)
    }
    #expect(areRare)
  }

  @Test("a thread that is to be elsewhere may run on all processors but its creator's")
  func elsewhere() throws {
    let all = try #require(Self.allowedProcessors)
    #expect(try onThread(elsewhere: false) { Self.allowedProcessors == all })
    #expect(try onThread(elsewhere: true) { Self.allowedProcessors == max(all - 1, 1) })
  }

  /// How many processors the calling thread may run on.
  private static var allowedProcessors: Int? {
    let status = (try? HostFile.contents(of: "/proc/thread-self/status", limit: 65536)) ?? nil
    let lines = String(decoding: status ?? [], as: UTF8.self).split(separator: "\n")
    let mask = lines.first { $0.hasPrefix("Cpus_allowed:") }?.split(separator: "\t").last
    return mask?.reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
  }

  @Test("what a thread does before ordinary ones it does so to its end, and no longer")
  func preference() throws {
    let results = try onThread {
      let inside = HostThread.whilePreferred { policy() }
      let after = policy()
      // As it may be where the host does not let it.
      let isAllowed = HostThread.preferCurrent()
      let kept = [HostThread.whilePreferred { policy() }, policy()]
      let wanted = isAllowed ? SCHED_RR : SCHED_OTHER
      return inside == wanted && after == SCHED_OTHER && kept == [wanted, wanted]
    }
    #expect(results)
  }

  @Test("an ordinary thread needs no preferred worker, and one that is not there is not found")
  func workers() throws {
    #expect(HostThread.preferWorker("no-such-worker"))
    let isMissed = try onThread {
      !HostThread.preferCurrent() || !HostThread.preferWorker("no-such-worker")
    }
    #expect(isMissed)
  }

  /// What a thread of its own says.
  private func onThread(
    elsewhere: Bool = false, _ body: @escaping @Sendable () -> Bool
  ) throws -> Bool {
    final class Answer: Sendable { let value = Atomic<Bool>(false) }
    let answer = Answer()
    let thread = try HostThread(named: "test", elsewhere: elsewhere) {
      answer.value.store(body(), ordering: .relaxed)
    }
    thread.join()
    return answer.value.load(ordering: .relaxed)
  }

  /// The window: the thread looks for work, finds none, and is about to sleep when the work and the
  /// kick arrive.
  ///
  /// A kick that got lost in it would leave the thread asleep for ever, so the rounds end only if
  /// none is.
  @Test("a kick that arrives between looking and waiting ends the wait", .timeLimit(.minutes(5)))
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
          Poller.pause()
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

/// The calling thread's class of scheduling.
private func policy() -> Int32 { sched_getscheduler(0) & 0xff }
