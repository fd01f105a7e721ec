import KVM
import TestSupport
import Testing

@Suite("The state of the kernel's i8254")
struct KernelTimerStateTests {
  private func bytes(mode: UInt8, count: UInt32, flags: UInt32 = 0) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 112)
    bytes.set(0, count)
    bytes[13] = mode
    bytes.set(24, UInt32(0x1_0000))
    bytes.set(72, flags)
    return bytes
  }

  @Test("only a count that is made once has an end")
  func longestLastCount() throws {
    for mode in [0, 1, 4] as [UInt8] {
      #expect(try KernelTimerState(bytes(mode: mode, count: 1_193)).longestLastCount == 999_848)
    }
    // After reset, and modes that count again and again.
    for mode in [0xff, 2, 3, 5] as [UInt8] {
      #expect(try KernelTimerState(bytes(mode: mode, count: 1_193)).longestLastCount == nil)
    }
  }

  @Test("the longest count is 65536, as which 0 counts")
  func longest() throws {
    for count in [0, 0x1_0000] as [UInt32] {
      #expect(
        try KernelTimerState(bytes(mode: 0, count: count)).longestLastCount == 54_925_402)
    }
  }

  @Test("what no i8254 can be in is refused")
  func refused() throws {
    #expect(throws: KVMError.self) {
      try KernelTimerState([UInt8](repeating: 0, count: 111))
    }
    #expect(throws: KVMError.unsuitableState("a count of the i8254's is above 65536")) {
      try KernelTimerState(bytes(mode: 2, count: 0x1_0001))
    }
    #expect(throws: KVMError.unsuitableState("the i8254 has flags 0x1")) {
      try KernelTimerState(bytes(mode: 2, count: 1, flags: 1))
    }
    _ = try KernelTimerState(bytes(mode: 2, count: 1, flags: 2))
  }
}
