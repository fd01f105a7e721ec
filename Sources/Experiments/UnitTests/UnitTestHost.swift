internal import KVM
internal import LinuxHost
internal import VMM

/// What this host can give a unit test.
struct UnitTestHost: Sendable {
  /// The host's processors, as many as a guest may have.
  let processors: Int
  /// What CPUID shows guests; nil: nothing that could be missing is known.
  private let features: ProcessorFeatures?

  /// A host that has all features.
  init(processors: Int) {
    self.processors = processors
    features = nil
  }

  /// Asks KVM.
  ///
  /// - Throws: ``KVMError`` where there is none, or it refuses.
  init() throws(KVMError) {
    var configuration = MachineConfiguration()
    configuration.irqchip = .kernel
    features = try Machine.features(configuration, KVMSystem())
    processors = min(HostKernel.processors, MachineConfiguration.cpusMax)
  }

  /// Demands that a machine can be had.
  ///
  /// - Throws: ``UnitTestRefusal`` with the first thing that cannot.
  func require(_ machine: UnitTestMachine, processors: Int) throws(UnitTestRefusal) {
    guard processors <= MachineConfiguration.cpusMax else {
      throw UnitTestRefusal(
        "asks for \(processors) processors; here are at most \(MachineConfiguration.cpusMax)")
    }
    guard UInt64(machine.memory) << 20 <= HostMemory.total else {
      throw UnitTestRefusal("asks for \(machine.memory)M of memory, and this host has less")
    }
    for change in machine.features
    where change.isShown && features?.shows(change.feature) == false {
      throw UnitTestRefusal("KVM offers no guest the processor feature \(change.feature.name) here")
    }
  }
}
