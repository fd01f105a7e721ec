import Testing

@testable import VMM

@Suite("Pause gate")
struct PauseGateTests {
  /// What a test can look at; a gate itself is never copied.
  private final class Gate {
    private let gate = PauseGate()

    var isWanted: Bool { gate.isWanted }
    func request() { gate.request() }
    func acknowledge() -> UInt64 { gate.acknowledge() }
    func isOver(_ pause: UInt64) -> Bool { gate.isOver(pause) }
    func isAcknowledged(byAll threads: Int) -> Bool { gate.isAcknowledged(byAll: threads) }
    func end() { gate.end() }
  }

  @Test("a pause is there when every thread has acknowledged it, and not before")
  func acknowledgements() {
    let gate = Gate()
    #expect(!gate.isWanted && !gate.isAcknowledged(byAll: 0))
    gate.request()
    gate.request()
    #expect(gate.isWanted && !gate.isAcknowledged(byAll: 2))
    let first = gate.acknowledge()
    #expect(!gate.isAcknowledged(byAll: 2))
    let second = gate.acknowledge()
    #expect(gate.isAcknowledged(byAll: 2) && !gate.isOver(first) && !gate.isOver(second))
    gate.end()
    #expect(!gate.isWanted && gate.isOver(first) && gate.isOver(second))
  }

  /// Between the end of a pause and the moment at which a thread leaves it, the next may begin.
  ///
  /// The thread is then on its way to its vCPU, and must not count as parked.
  @Test("a thread that has not left the last pause counts for none that came since")
  func leaving() {
    let gate = Gate()
    gate.request()
    let last = gate.acknowledge()
    gate.end()
    gate.request()
    #expect(gate.isWanted && gate.isOver(last), "the thread leaves although a pause is wanted")
    #expect(!gate.isAcknowledged(byAll: 1))
    let next = gate.acknowledge()
    #expect(gate.isAcknowledged(byAll: 1) && !gate.isOver(next))
  }
}
