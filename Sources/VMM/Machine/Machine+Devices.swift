internal import GuestImages
public import KVM
internal import LinuxHost
internal import TimerModels

/// What a machine has of KVM, part by part.
extension Machine {
  /// Makes the kernel's controllers and the vCPUs, to which ``show(_:to:on:)`` then shows their features.
  static func createVCPUs(
    _ configuration: MachineConfiguration, _ system: borrowing KVMSystem, _ shared: SharedVM,
    _ counters: TimeStampCounters?
  ) throws(KVMError) -> [VCPU] {
    switch configuration.irqchip {
    case .user: break
    case .kernel:
      try require(.irqchip, of: system, for: "--irqchip kernel")
      try shared.handle.createInterruptControllers()
      if configuration.hasKernelTimer { try shared.handle.createTimer() }
    case .split:
      try require(.splitIRQChip, of: system, for: "--irqchip split")
      try shared.handle.createLocalControllers(pins: IOAPIC.pins)
    }
    var vcpus: [VCPU] = []
    for index in 0..<configuration.cpus {
      vcpus.append(
        VCPU(
          index: index, handle: try createVCPU(index, shared, counters),
          isStarted: index == 0 || configuration.irqchip != .user))
    }
    return vcpus
  }

  /// Shows vCPUs what they have for a processor, and connects the inputs of their local APICs, if it is a PC's.
  ///
  /// *When:* after all else is made, because the answer to what KVM supports takes its time
  /// (`KVMSystem.askForFeatures()`).
  static func show(
    _ configuration: MachineConfiguration, to vcpus: [VCPU], on system: borrowing KVMSystem
  ) throws(KVMError) {
    let features = try features(configuration, system)
    for vcpu in vcpus {
      try vcpu.handle.setFeatures(features, index: vcpu.index)
      if configuration.isPC { try vcpu.handle.connectPCInputs() }
    }
  }

  /// What CPUID shows: all that KVM can give, and what it leaves to this program, as the configuration
  /// changes that.
  ///
  /// - Throws: `KVMError.notOffered(_:)` for a feature to show that is not among these,
  ///   `KVMError.failed(_:)` naming the request.
  public static func features(
    _ configuration: MachineConfiguration, _ system: borrowing KVMSystem
  ) throws(KVMError) -> ProcessorFeatures {
    var features = try system.supportedFeatures()
    if features.showsHypervisorLeaves { features.set(.hypervisor, isShown: true) }
    if configuration.irqchip != .user && system.value(of: .tscDeadlineTimer) > 0 {
      features.set(.tscDeadline, isShown: true)
    }
    let offered = features
    for change in configuration.featureChanges {
      guard !change.isShown || offered.shows(change.feature) else {
        throw .notOffered(change.feature)
      }
      features.set(change.feature, isShown: change.isShown)
    }
    return features
  }

  /// Creating a vCPU writes its TSC, so it cannot be looked at before.
  private static func createVCPU(
    _ index: Int, _ shared: SharedVM, _ counters: TimeStampCounters?
  ) throws(KVMError) -> VirtualCPU {
    guard let counters else { return try shared.handle.createVCPU(index) }
    return try counters.create { () throws(KVMError) in try shared.handle.createVCPU(index) }
  }

  /// Makes the guest's TSC writes exit, if they are to be explained.
  static func createTimeStampCounters(
    _ configuration: MachineConfiguration, _ system: borrowing KVMSystem, _ shared: SharedVM
  ) throws(KVMError) -> TimeStampCounters? {
    guard configuration.explainsTSC else { return nil }
    try shared.handle.intercept(
      [TimeStampCounters.counter, TimeStampCounters.adjustment].map {
        InterceptedRegister($0, isRead: false, isWritten: true)
      })
    // Where writes are ignored no rules can be found, and any predict equally well: the newest.
    let rules = HostProbe.findTSCRules(on: system).value ?? .linux6_7
    return TimeStampCounters(try HostProbe.findTSCHost(on: system), rules: rules)
  }

  static func require(
    _ feature: Capability, of system: borrowing KVMSystem, for purpose: String
  ) throws(KVMError) {
    guard system.value(of: feature) > 0 else { throw .missing(feature, purpose: purpose) }
  }
}
