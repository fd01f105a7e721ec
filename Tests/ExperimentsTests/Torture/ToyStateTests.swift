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
    state.changeLocalAPIC { $0.stopSpentTimer() }
    let found = try registers(state)[.initialCount]
    #expect(found == initial)
  }

  /// Channel 0 with a count of 11932.
  private func channel(mode: UInt8) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 112)
    bytes.replaceSubrange(0..<2, with: [0x9c, 0x2e])
    bytes[13] = mode
    return bytes
  }

  @Test("a PIT that counts once may take its whole count, whenever it was loaded")
  func pit() throws {
    for mode in [0, 1, 4] as [UInt8] {
      let timer = try KernelTimerState(channel(mode: mode))
      #expect(timer.longestLastCount == 10_000_151)
      var state = ToyState()
      #expect(state.spentTimer == nil)
      state.parts[.pit] = timer.bytes
      #expect(state.spentTimer == timer)
    }
    // What counts again and again, or does not count, is written like all else.
    for mode in [2, 3, 5, 0xff] as [UInt8] {
      var state = ToyState()
      state.parts[.pit] = channel(mode: mode)
      #expect(state.spentTimer == nil)
    }
    #expect(throws: KVMError.self) { try KernelTimerState([]) }
  }
}
