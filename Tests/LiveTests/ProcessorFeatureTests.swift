import KVM
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// What CPUID shows a guest.
  @Suite("Processor features", .requiresKVM)
  struct ProcessorFeatureTests {
    /// A register of an entry of CPUID, of vCPU 0 of a machine.
    private func register(
      _ offset: Int, ofLeaf leaf: UInt32, _ configuration: MachineConfiguration
    ) throws -> UInt32? {
      let machine = try Machine(
        configuration, on: KVMSystem(), image: BootImage([0xf4], forcing: .real))
      let bytes = try #require(try machine.vcpus[0].handle.state(.features))
      // kvm_cpuid_entry2: function, index, flags, EAX, EBX, ECX, EDX, three words of padding.
      let entry = stride(from: 0, to: bytes.count, by: 40).first { bytes.number(at: $0) == leaf }
      return entry.map { bytes.number(at: $0 + offset) }
    }

    @Test("where KVM's leaves are shown, the hypervisor bit is, too", arguments: IRQChip.allCases)
    func hypervisor(controller: IRQChip) throws {
      var configuration = MachineConfiguration()
      configuration.irqchip = controller
      let hasLeaves = try register(12, ofLeaf: 0x4000_0000, configuration) != nil
      let features = try #require(try register(20, ofLeaf: 1, configuration))
      #expect((features >> 31 == 1) == hasLeaves)
    }
  }
}
