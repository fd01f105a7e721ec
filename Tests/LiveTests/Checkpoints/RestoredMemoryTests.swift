import CKVM
import KVM
import LinuxHost
import TestSupport
import Testing
import VMM

extension Live {
  /// Guest memory that is a checkpoint's pages, under a guest.
  @Suite("restored memory", .requiresKVM)
  struct RestoredMemoryTests {
    @Test("a guest runs from restored pages, and its writes stay out of the file")
    func runs() throws {
      let folder = TemporaryFolder()
      let path = folder.path + "/state"
      let memory = try GuestMemory(size: 1 << 20)
      // In real mode at 0x1000: `mov byte [0x3000], 0x5a; mov byte [0x5000], 0x5b; hlt`.
      let program: [UInt8] = [0xc6, 0x06, 0, 0x30, 0x5a, 0xc6, 0x06, 0, 0x50, 0x5b, 0xf4]
      let isWritten = memory.write(program, at: 0x1000) && memory.write([1, 2], at: 0x3000)
      #expect(isWritten)
      try CheckpointWriter().write(to: path, memory: memory)

      let machine = try VirtualMachine(
        on: KVMSystem(), memory: CheckpointFile(reading: path).memory())
      let vcpu = try machine.createVCPU(0)
      try vcpu.jump(to: 0x1000)
      #expect(try vcpu.enter() == .halt)
      let changed = machine.memory.bytes(at: 0x3000, count: 2)
      #expect(changed == [0x5a, 2])
      let used = try machine.memory.usedPages()
      #expect(used == RangeSet([1..<2, 3..<4, 5..<6]))

      let again = try CheckpointFile(reading: path).memory()
      #expect(again.bytes(at: 0x3000, count: 2) == [1, 2])
      #expect(try again.usedPages() == RangeSet([1..<2, 3..<4]))
    }
  }
}
