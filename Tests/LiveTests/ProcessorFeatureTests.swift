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

    @Test("a feature is hidden and shown by its name, and the last word counts")
    func changes() throws {
      var configuration = MachineConfiguration()
      configuration.irqchip = .kernel
      let x2apic = try #require(ProcessorFeature.named("x2apic"))
      #expect(ProcessorFeature.named("tsc_deadline") == .tscDeadline)
      #expect(ProcessorFeature.named("X2APIC") == nil)
      for (changes, bit) in [([], 1), ([false], 0), ([true], 1), ([true, false], 0)] {
        configuration.featureChanges = changes.map { (x2apic, $0) }
        let features = try #require(try register(20, ofLeaf: 1, configuration))
        #expect(Int(features >> 21 & 1) == bit)
      }
      configuration.featureChanges = [(.hypervisor, false), (.tscDeadline, false)]
      let features = try #require(try register(20, ofLeaf: 1, configuration))
      #expect(features >> 31 == 0 && features >> 24 & 1 == 0)
    }

    @Test("what KVM does not offer is refused, and hidden as it is")
    func missing() throws {
      var configuration = MachineConfiguration()
      let features = try Machine.features(configuration, KVMSystem())
      let feature = try #require(ProcessorFeature.all.first { !features.shows($0) })
      configuration.featureChanges = [(feature, false)]
      _ = try register(20, ofLeaf: 1, configuration)
      configuration.featureChanges = [(feature, true)]
      #expect(throws: MachineError.kvm(.notOffered(feature))) {
        _ = try register(20, ofLeaf: 1, configuration)
      }
      let result = shell("$SWVMM run hello --cpu-feature +\(feature.name)")
      #expect(result.status == 69 && result.hasOneLineOfComplaint, "\(result.errors)")
      let unknown = shell("$SWVMM run hello --cpu-feature -frobnicate")
      #expect(unknown.status == 64 && unknown.errors.contains(" x2apic "), "\(unknown.errors)")
      #expect(shell("$SWVMM run hello --cpu-feature -x2apic --cpu-feature=+x2apic").status == 0)
    }

    @Test("every name is known once, and is written as it is read")
    func names() {
      let names = ProcessorFeature.all.map(\.name)
      #expect(Set(names).count == names.count)
      for feature in ProcessorFeature.all {
        #expect(ProcessorFeature.named(feature.name) == feature)
      }
      #expect(names == names.sorted())
    }
  }
}
