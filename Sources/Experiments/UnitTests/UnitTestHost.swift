internal import KVM
internal import LinuxHost
internal import VMM

/// What this host can give a unit test.
struct UnitTestHost: Sendable {
  /// The host's processors, as many as a guest may have.
  let processors: Int
  private let features: Features

  /// Which features of the processor KVM offers.
  enum Features: Sendable {
    case all, none
    case table(ProcessorFeatures)
  }

  /// A host of which something is said.
  init(processors: Int, features: Features = .all) {
    self.processors = processors
    self.features = features
  }

  /// Asks KVM.
  ///
  /// - Throws: ``KVMError`` where there is none, or it refuses.
  init() throws(KVMError) {
    var configuration = MachineConfiguration()
    configuration.irqchip = .kernel
    features = .table(try Machine.features(configuration, KVMSystem()))
    processors = min(HostKernel.processors, MachineConfiguration.cpusMax)
  }

  /// The machine without the features that KVM does not offer here, as QEMU leaves them out: a test looks
  /// whether they are there.
  ///
  /// - Throws: ``UnitTestRefusal`` with the first thing that cannot be had, and without which all of a test
  ///   would be nothing.
  func offered(_ machine: UnitTestMachine, processors: Int) throws(UnitTestRefusal)
    -> UnitTestMachine
  {
    var machine = machine
    for change in machine.features where change.isShown && !offers(change.feature) {
      if ["svm", "vmx"].contains(change.feature.name) {
        throw UnitTestRefusal("KVM offers no nested virtualization here (\(change.feature.name))")
      }
    }
    machine.features.removeAll { $0.isShown && !offers($0.feature) }
    guard processors <= MachineConfiguration.cpusMax else {
      throw UnitTestRefusal(
        "asks for \(processors) processors; here are at most \(MachineConfiguration.cpusMax)")
    }
    let memoryMax =
      min(
        UInt64(MachineConfiguration.memorySizes.upperBound), HostMemory.total) >> 20
    guard (1...memoryMax).contains(UInt64(machine.memory)) else {
      throw UnitTestRefusal(
        "asks for \(machine.memory)M of memory; here are from 1M to \(memoryMax)M")
    }
    return machine
  }

  private func offers(_ feature: ProcessorFeature) -> Bool {
    switch features {
    case .all: true
    case .none: false
    case .table(let features): features.shows(feature)
    }
  }
}
