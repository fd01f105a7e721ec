public import KVM
internal import LinuxHost
public import VMM

/// The search with this program's own checkpoint in the place of the bare requests: guests that keep books on
/// themselves, saved after each exit and brought back in a new machine.
public struct CheckpointTorture: Sendable {
  /// What is cut.
  public let subject: TortureSubject
  /// The guest; nil: the built-in one of the subject.
  public let image: BootImage?
  /// Asked before each cut: whether to end with the results so far.
  public var isInterrupted: @Sendable () -> Bool = { false }
  /// Told after each cut: how many were made.
  public var progress: @Sendable (Int) -> Void = { _ in }

  /// Plans a search.
  public init(_ subject: TortureSubject, _ image: BootImage? = nil) {
    self.subject = subject
    self.image = image
  }

  /// Searches all controllers that have the subject.
  ///
  /// - Parameter system: The open `/dev/kvm`.
  /// - Returns: What was found; up to the interruption, if one came.
  /// - Throws: ``TortureError`` with the reason.
  public func run(on system: borrowing KVMSystem) throws(TortureError) -> SubjectReport {
    var report = SubjectReport(subject)
    guard let guest = try guest() else {
      report.skipReason = "no guest keeps books on it"
      return report
    }
    var counts: [TortureVerdict: (count: Int, first: Int)] = [:]
    for irqchip in subject.controllers {
      var exit = 1
      while !isInterrupted(), let verdict = try verdict(after: exit, guest, irqchip, on: system) {
        report.cuts += 1
        progress(report.cuts)
        if let verdict { counts[verdict, default: (0, exit)].count += 1 }
        exit += 1
      }
    }
    report.findings = counts.sorted { $0.key < $1.key }.map { verdict, found in
      TortureFinding(
        verdict: verdict, count: found.count,
        shortest: TortureCase(subject, Cut(.exit(found.first), isNewVM: true)), phase: nil)
    }
    return report
  }

  /// What a cut after an exit does, with each of the controllers.
  ///
  /// - Parameters:
  ///   - exit: From 1.
  ///   - system: The open `/dev/kvm`.
  /// - Returns: The verdicts; fewer where the guest ends before.
  /// - Throws: ``TortureError`` with the reason.
  public func verdicts(
    after exit: Int, on system: borrowing KVMSystem
  ) throws(TortureError) -> [Set<TortureVerdict>] {
    guard let guest = try guest() else {
      return []
    }
    var verdicts: [Set<TortureVerdict>] = []
    for irqchip in subject.controllers {
      if let verdict = try verdict(after: exit, guest, irqchip, on: system) {
        verdicts.append(verdict.map { [$0] } ?? [])
      }
    }
    return verdicts
  }

  /// What a cut after an exit does.
  ///
  /// - Returns: Nil: the guest has ended before that exit. Otherwise the verdict, nil if it is right.
  /// - Throws: ``TortureError`` with the reason.
  private func verdict(
    after exit: Int, _ guest: BootImage, _ irqchip: IRQChip, on system: borrowing KVMSystem
  ) throws(TortureError) -> TortureVerdict?? {
    do {
      let file = try ScratchFile()
      var configuration = configuration(irqchip)
      configuration.checkpoint = CheckpointPlan(
        .exit(UInt64(exit)), file: file.path, keepsRunning: false)
      let arguments = try arguments(irqchip, on: system)
      let machine = try Machine(
        configuration, on: system, image: guest, commandLine: [UInt8](arguments.utf8))
      let outcome = try machine.run().outcome
      guard case .checkpointed = outcome else { return nil }
      configuration.checkpoint = nil
      let restored = try Machine(
        restoring: file.path, configuration, on: system, countsStoppedTime: false)
      return .some(Self.verdict(try restored.run().outcome))
    } catch let error as MachineError {
      throw .machine(error)
    } catch let error as SystemError {
      throw .machine(.system(error))
    } catch {
      throw .guest("after exit \(exit): \(error)")
    }
  }

  /// What a guest's books say: see guest-images/ledger.h.
  private static func verdict(_ outcome: Outcome) -> TortureVerdict? {
    switch outcome {
    case .exited(code: 0): nil
    case .exited(code: 1), .dead: .lost
    case .exited(code: 2): .doubled
    case .exited(code: 3): .early
    case .exited: .differs
    default: .stuck
    }
  }

  private func configuration(_ irqchip: IRQChip) -> MachineConfiguration {
    var configuration = MachineConfiguration()
    configuration.memorySize = 4 << 20
    configuration.irqchip = irqchip
    configuration.hasKernelTimer = subject == .pitOneShot || subject == .pitPeriodic
    if subject.isOwn && irqchip == .user { configuration.time = .virtual(exitCost: 1000) }
    configuration.console = nil
    configuration.readsInput = false
    configuration.timeoutNanoseconds = 20_000_000_000
    return configuration
  }

  private func arguments(
    _ irqchip: IRQChip, on system: borrowing KVMSystem
  ) throws(TortureError) -> String {
    guard !subject.isOwn else { return "3" }
    let kilohertz = try lifting { () throws(KVMError) in try Self.tscKilohertz(system) }
    var repeats = 0
    if subject == .ioapicLevel, let count = HostProbe.countDeliveries(irqchip, on: system).value {
      repeats = max(0, count - 1)
    }
    // A thousandth less than the host says: KVM rounds this frequency and the i8254's.
    return "4 \(kilohertz - kilohertz / 1000) \(repeats)"
  }

  private static func tscKilohertz(_ system: borrowing KVMSystem) throws(KVMError) -> UInt32 {
    let memory: GuestMemory
    do { memory = try GuestMemory(size: 1 << 20) } catch { throw .failed(error) }
    return try VirtualMachine(on: system, memory: memory).createVCPU(0).tscFrequency()
  }

  /// The guest that is cut; nil: none keeps books on the subject.
  private func guest() throws(TortureError) -> BootImage? {
    if let image { return image }
    guard let guest = subject.ledgerGuest.flatMap(BuiltInGuest.named) else { return nil }
    do { return try BootImage(guest.file) } catch { throw .machine(.image(error)) }
  }
}

extension TortureSubject {
  /// The built-in guest that keeps books on it; nil: there is none.
  fileprivate var ledgerGuest: String? {
    switch self {
    case .countCompare: "tick"
    case .genericTimer: "gtick"
    case .kvmclock, .tsc: nil
    default: rawValue
    }
  }

  /// The controllers with which there is such a source of interrupts.
  fileprivate var controllers: [IRQChip] {
    switch self {
    case .countCompare, .genericTimer: [.user, .kernel, .split]
    case .pitOneShot, .pitPeriodic: [.kernel]
    default: [.kernel, .split]
    }
  }
}
