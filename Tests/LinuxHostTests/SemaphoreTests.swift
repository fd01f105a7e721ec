import Synchronization
import Testing

@testable import LinuxHost

@Suite("Semaphore")
struct SemaphoreTests {
  @Test("It is taken as often as it was signalled")
  func count() {
    let semaphore = Semaphore()
    let isThereAtFirst = semaphore.take()
    semaphore.signal()
    semaphore.signal()
    semaphore.wait()
    let isSecondThere = semaphore.take()
    let isThirdThere = semaphore.take()
    #expect(!isThereAtFirst && isSecondThere && !isThirdThere)
  }

  @Test("A thread waits for another one's signal")
  func waiting() throws {
    final class Turns: Sendable {
      let ping = Semaphore()
      let pong = Semaphore()
      let sum = Atomic<Int>(0)
    }
    let turns = Turns()
    let thread = try HostThread(named: "pong") {
      for number in 1...100 {
        turns.ping.wait()
        turns.sum.store(number, ordering: .relaxed)
        turns.pong.signal()
      }
    }
    for number in 1...100 {
      turns.ping.signal()
      turns.pong.wait()
      #expect(turns.sum.load(ordering: .relaxed) == number)
    }
    thread.join()
  }
}
