import Testing
import TimerModels

/// What a device reports to its interrupt controller.
@Suite("Line memory")
struct LineMemoryTests {
  @Test("Every change of every line is pushed, once")
  func changes() {
    for before in UInt32(0)..<8 {
      for after in UInt32(0)..<8 {
        var memory = LineMemory()
        #expect(memory.changes(to: before, isListening: true) == before)
        #expect(before ^ memory.changes(to: after, isListening: true) == after)
        #expect(memory.changes(to: after, isListening: true) == 0)
      }
    }
  }

  @Test("What was not heard is pushed once there is a listener, as it is by then")
  func deafController() {
    var memory = LineMemory()
    _ = memory.changes(to: 0b01, isListening: true)
    let before = memory
    for levels: UInt32 in [0b11, 0b00, 0b10] {
      #expect(memory.changes(to: levels, isListening: false) == 0)
      #expect(memory == before)
    }
    #expect(memory.changes(to: 0b10, isListening: true) == 0b11)
  }
}
