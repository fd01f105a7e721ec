import LinuxHost
import Testing

/// Memory that is asked for before it is allocated.
@Suite("Host memory")
struct HostMemoryTests {
  @Test("what can be had is not refused, and nothing is asked for nothing")
  func granted() throws {
    try HostMemory.demand(0, for: "nothing")
    try HostMemory.demand(1 << 20, for: "a test")
  }

  @Test("what cannot be had is an error with its size and purpose", arguments: [1 << 50, Int.max])
  func refused(bytes: Int) {
    let error = #expect(throws: SystemError.self) { try HostMemory.demand(bytes, for: "a test") }
    #expect(error?.errno == .outOfMemory)
    #expect(error?.description.contains("MiB for a test: ") == true)
    #expect(error?.description.contains("ulimit -d") == true)
  }
}
