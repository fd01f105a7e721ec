import Glibc
import LinuxHost
import Testing

@Suite("Lock", .timeLimit(.minutes(5)))
struct LockTests {
  private final class Shared: Sendable {
    let lock: Lock<Value>
    init(_ value: Value) { lock = Lock(value) }
  }

  /// Two numbers that are equal whenever no thread is at work on them.
  private struct Value: Sendable {
    var left = 0
    var right = 0
    var wasUnequal = false
    var witness: Witness?
  }

  private final class Witness: Sendable {}
  private struct Refusal: Error, Equatable {}

  @Test("one thread at a time has the value, and none of their changes is lost")
  func exclusion() throws {
    let shared = Shared(Value())
    let rounds = 20_000
    let threads = try (0..<4).map { number in
      JoiningThread(
        try HostThread(named: "lock \(number)") {
          for _ in 0..<rounds {
            shared.lock.withLock { value in
              if value.left != value.right { value.wasUnequal = true }
              value.left += 1
              value.right += 1
            }
          }
        })
    }
    for thread in threads { thread.join() }
    let value = shared.lock.withLock { $0 }
    #expect(!value.wasUnequal && value.left == 4 * rounds && value.right == 4 * rounds)
  }

  @Test("threads that wait for long sleep, and each of them is woken")
  func sleeping() throws {
    let shared = Shared(Value())
    let threads = try shared.lock.withLock { (value: inout Value) -> [JoiningThread] in
      let threads = try (0..<4).map { number in
        JoiningThread(
          try HostThread(named: "sleeper \(number)") { shared.lock.withLock { $0.left += 1 } })
      }
      // Until all have begun, and use no more time.
      var used: [UInt64] = []
      repeat {
        used = threads.map(\.processorTime)
        usleep(2000)
      } while used.contains(0) || used != threads.map(\.processorTime)
      #expect(value.left == 0)
      return threads
    }
    for thread in threads { thread.join() }
    #expect(shared.lock.withLock { $0.left } == 4)
  }

  @Test("what is thrown comes out, and the lock is free again")
  func throwing() {
    let shared = Shared(Value())
    #expect(throws: Refusal()) {
      try shared.lock.withLock { (value: inout Value) throws(Refusal) in
        value.left = 1
        throw Refusal()
      }
    }
    #expect(shared.lock.withLock { $0.left } == 1)
  }

  @Test("the value goes with its lock")
  func release() {
    weak var witness: Witness?
    do {
      let strong = Witness()
      witness = strong
      let shared = Shared(Value(witness: strong))
      #expect(shared.lock.withLock { $0.witness === strong })
    }
    #expect(witness == nil)
  }
}

/// A thread that an array can hold.
private final class JoiningThread: @unchecked Sendable {
  // @unchecked: one thread alone has it at a time.
  private var thread: HostThread?
  init(_ thread: consuming HostThread) { self.thread = consume thread }
  var processorTime: UInt64 { thread?.processorTime() ?? 0 }
  func join() { thread.take()?.join() }
}
