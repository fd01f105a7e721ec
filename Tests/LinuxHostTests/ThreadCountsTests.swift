import Glibc
import LinuxHost
import Testing

@Suite("What the kernel counts of a thread")
struct ThreadCountsTests {
  @Test(
    "pages that are touched for the first time are minor faults of the thread that touches them")
  func minorFaults() {
    let size = 64 * 4096
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    defer { munmap(memory, size) }
    madvise(memory, size, MADV_NOHUGEPAGE)
    let before = ThreadCounts.current()
    for page in 0..<64 { memory.storeBytes(of: 1, toByteOffset: page * 4096, as: UInt8.self) }
    let after = ThreadCounts.current()
    #expect(after.minorFaults - before.minorFaults >= 64)
    #expect(after.majorFaults == before.majorFaults)
  }

  @Test("a sleep is a voluntary switch, on a separate thread")
  func switches() throws {
    let thread = try HostThread(named: "sleeper") {
      let before = ThreadCounts.current()
      for _ in 0..<5 { usleep(1000) }
      let after = ThreadCounts.current()
      #expect(after.voluntarySwitches - before.voluntarySwitches >= 5)
    }
    thread.join()
  }

  @Test("two threads that share a processor wait for it, and the account of each shows it")
  func runQueue() throws {
    @Sendable func compete() {
      guard HostThread.pinCurrent(to: 0) else { return }
      guard let own = SchedulerAccount(of: nil),
        let named = SchedulerAccount(of: HostThread.currentNumber)
      else {
        Issue.record("this kernel keeps no account")
        return
      }
      let before = own.runQueueWait()
      #expect(named.runQueueWait() >= before)
      let end = MonotonicClock.now() + 100_000_000
      while MonotonicClock.now() < end {}
      let after = own.runQueueWait()
      #expect(after - before > 5_000_000)
      #expect(named.runQueueWait() >= after)
    }
    let one = try HostThread(named: "one") { compete() }
    let other = try HostThread(named: "other") { compete() }
    one.join()
    other.join()
  }

  @Test("a thread that is not there has no account; the host's never runs backwards")
  func accounts() throws {
    switch SchedulerAccount(of: 0) {
    case .some: Issue.record("there is no thread 0")
    case .none: break
    }
    let account = ProcessorAccount()
    switch account {
    case .some(let account):
      let first = account.steal()
      #expect(account.steal() >= first)
    case .none: Issue.record("/proc/stat is not there")
    }
  }
}
