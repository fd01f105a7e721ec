import KVM
import Testing

@testable import VMM

@Suite("Breakpoints in memory")
struct BreakpointPatchesTests {
  @Test("what stood in their places comes back, once for each, whatever the order")
  func lifting() throws {
    let memory = try GuestMemory(size: 8192)
    _ = memory.write([1, 2, 3, 4], at: 4094)
    var patches = BreakpointPatches(for: .user)
    patches.put(at: [4094, 4096, 4097, 8192, .max, 4096], in: memory)
    let patched = memory.bytes(at: 4094, count: 4)
    #expect(patched == [0xf4, 2, 0xf4, 0xf4])
    // Again, as when a second pause ends before the first one's were lifted.
    patches.put(at: [4094], in: memory)
    let page = memory.bytes(at: 4096, count: 4096) ?? []
    #expect(patches.withoutPatches(page, page: 1).prefix(2) == [3, 4])
    for _ in 0..<2 {
      patches.lift(from: memory)
      let lifted = memory.bytes(at: 4094, count: 4)
      #expect(lifted == [1, 2, 3, 4])
    }
  }

  @Test("what the guest wrote over one stays")
  func overwritten() throws {
    let memory = try GuestMemory(size: 4096)
    var patches = BreakpointPatches(for: .kernel)
    patches.put(at: [100, 101], in: memory)
    let patched = memory.bytes(at: 100, count: 2)
    #expect(patched == [0xcc, 0xcc])
    _ = memory.write([7], at: 100)
    patches.lift(from: memory)
    let lifted = memory.bytes(at: 100, count: 2)
    #expect(lifted == [7, 0])
  }
}
