import KVM
import Testing

@testable import Experiments

/// What plants and remedies do to a state that was read.
@Suite("States that are changed on the way")
struct ToyStateTests {
  private func page(mode: UInt32, initial: UInt32, current: UInt32, requested: Bool) throws
    -> [UInt8]
  {
    var page = LocalAPICPage([UInt8](repeating: 0, count: 1024))
    page[.timerVector] = mode << 17 | 0x40
    page[.initialCount] = initial
    page[.currentCount] = current
    if requested { page.insert(0x40, in: .request) }
    return page.bytes
  }

  private func state(_ page: [UInt8]) -> ToyState {
    var state = ToyState()
    state.parts = [
      .localAPIC: page, .deadline: [0, 0, 1, 0, 0, 0, 0, 0], .events: [UInt8](1...64),
    ]
    return state
  }

  private func registers(_ state: ToyState) throws -> LocalAPICPage {
    LocalAPICPage(try #require(state.parts[.localAPIC]))
  }

  @Test("each plant changes what it is named after, and nothing else")
  func plants() throws {
    let whole = state(try page(mode: 0, initial: 9, current: 5, requested: true))
    var state = whole
    state.damage(.loseIRR)
    let isRequested = try registers(state).contains(0x40, in: .request)
    #expect(!isRequested)
    #expect(state.parts[.deadline] == whole.parts[.deadline])
    state = self.state(try page(mode: 0, initial: 9, current: 5, requested: false))
    state.damage(.double)
    #expect(state == whole)
    state.damage(.staleDeadline)
    let currentCount = try registers(state)[.currentCount]
    #expect(currentCount == 1)
    #expect(state.parts[.deadline] == [1, 0, 0, 0, 0, 0, 0, 0])
    state = whole
    state.damage(.dropEvents)
    #expect(
      state.parts[.events]?.enumerated().filter { $0.element != 0 }.map(\.offset) == [
        20, 21, 22, 23,
      ])
    #expect(state.parts[.localAPIC] == whole.parts[.localAPIC])
    state = whole
    state.damage(.wrongOrder)
    #expect(state == whole)
  }

  @Test("the wrong order has the deadline before the local APIC, and the same parts")
  func wrongOrder() throws {
    let order = TorturePlant.wrongOrder(of: TorturePart.writingOrder)
    #expect(Set(order) == Set(TorturePart.allCases) && order.count == TorturePart.allCases.count)
    let deadline = try #require(order.firstIndex(of: .deadline))
    let localAPIC = try #require(order.firstIndex(of: .localAPIC))
    #expect(deadline < localAPIC)
    #expect(TorturePlant.wrongOrder(of: [.registers]) == [.registers])
  }

  @Test(
    "a one-shot of which nothing is left is stopped, any other is not",
    arguments: zip(
      [(0, 9, 0), (0, 9, 1), (1, 9, 0), (2, 0, 0)] as [(UInt32, UInt32, UInt32)],
      [0, 9, 9, 0] as [UInt32]))
  func oneShot(timer: (UInt32, UInt32, UInt32), initial: UInt32) throws {
    var state = state(
      try page(mode: timer.0, initial: timer.1, current: timer.2, requested: false))
    state.stopWhatIsSpent(at: 0)
    let found = try registers(state)[.initialCount]
    #expect(found == initial)
  }

  /// Channel 0 with a count of 11932, 10 ms, loaded at 1 s.
  private func channel(mode: UInt8) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 112)
    bytes.replaceSubrange(0..<2, with: [0x9c, 0x2e])
    bytes[13] = mode
    bytes.replaceSubrange(16..<20, with: [0x00, 0xca, 0x9a, 0x3b])
    return bytes
  }

  @Test("the PIT's one-shot keeps what is left of its count, or counts no more")
  func pit() throws {
    var timer = try KernelTimerState(channel(mode: 0))
    timer.letLastCountPass(until: 1_005_000_000)
    #expect(timer.bytes[0..<2].elementsEqual([0x4f, 0x17]))
    #expect(timer.bytes[13] == 0)
    timer = try KernelTimerState(channel(mode: 0))
    timer.letLastCountPass(until: 1_010_001_000)
    #expect(timer.bytes[13] == 0x80)
    timer = try KernelTimerState(channel(mode: 4))
    timer.letLastCountPass(until: 0)
    #expect(timer.bytes == channel(mode: 4))
    // What counts again and again, or does not count, is left alone.
    for mode in [2, 0xff] as [UInt8] {
      timer = try KernelTimerState(channel(mode: mode))
      timer.letLastCountPass(until: 1_010_001_000)
      #expect(timer.bytes == channel(mode: mode))
    }
    #expect(throws: KVMError.self) { try KernelTimerState([]) }
  }
}
