internal import KVM
internal import LinuxHost
internal import VMM

/// Cuts one guest that keeps books, with one kind of interrupt controller, by checkpoints.
struct CheckpointBench {
  /// What came of a cut; nil is right.
  struct Verdicts {
    /// Of the machine that was brought back.
    var restored: TortureVerdict?
    /// Of the one that was saved, and continued.
    var continued: TortureVerdict?

    var all: Set<TortureVerdict> { Set([restored, continued].compactMap(\.self)) }
  }

  private let search: CheckpointTorture
  private let guest: BootImage
  private let configuration: MachineConfiguration
  private let arguments: [UInt8]

  init(
    _ search: CheckpointTorture, _ irqchip: IRQChip, on system: borrowing KVMSystem
  ) throws(TortureError) {
    self.search = search
    guest = try search.guest()
    configuration = search.configuration(irqchip)
    arguments = Array(try search.arguments(irqchip, on: system).utf8)
  }

  // MARK: Cuts

  /// Refuses a guest whose books do not balance when it is not cut.
  func requireContract(on system: borrowing KVMSystem) throws(TortureError) {
    let machine = try lifting { () throws(MachineError) in
      try Machine(configuration, on: system, image: guest, commandLine: arguments)
    }
    let outcome: Outcome
    do { outcome = try machine.run().outcome } catch { throw .machine(.system(error)) }
    guard Self.verdict(outcome) == nil else {
      throw .guest("it is not cut, and its end is \(outcome), not exit code 0")
    }
  }

  /// Cuts a separate run after an exit.
  ///
  /// - Returns: Nil: the guest has ended before that exit.
  func cut(
    after exit: Int, on system: borrowing KVMSystem
  ) throws(TortureError) -> Verdicts? {
    do {
      let file = try ScratchFile()
      var configuration = configuration
      configuration.checkpoint = CheckpointPlan(
        .exit(UInt64(exit)), file: file.path, keepsRunning: true)
      let result = try Machine(configuration, on: system, image: guest, commandLine: arguments)
        .run()
      guard result.checkpoints > 0 else { return nil }
      return Verdicts(
        restored: Self.verdict(try restore(file.path, on: system)),
        continued: Self.verdict(result.outcome))
    } catch let error as TortureError {
      throw error
    } catch let error as MachineError {
      throw .machine(error)
    } catch let error as SystemError {
      throw .machine(.system(error))
    } catch { preconditionFailure("no other error is thrown above: \(error)") }
  }

  /// Runs the guest instruction by instruction.
  ///
  /// - Parameters:
  ///   - system: The open `/dev/kvm`.
  ///   - body: Called behind each, with their count from 1; returns whether to continue.
  /// - Returns: How it ended; nil where it was not to continue.
  /// - Throws: ``TortureError`` with the reason.
  func step(
    on system: borrowing KVMSystem, _ body: (Int, SteppedMachine) throws(TortureError) -> Bool
  ) throws(TortureError) -> Outcome? {
    KickSignal.install()
    KickSignal.unblock()
    let stepped = try lifting { () throws(MachineError) in
      let machine = try Machine(configuration, on: system, image: guest, commandLine: arguments)
      do throws(SystemError) { return try SteppedMachine(machine) } catch { throw .system(error) }
    }
    var steps = 0
    while try lifting({ () throws(KVMError) in try stepped.step() }) {
      steps += 1
      guard try body(steps, stepped) else { return nil }
    }
    return stepped.outcome
  }

  /// Saves a machine that is stepped, and brings it back.
  ///
  /// - Returns: What came of the second one.
  func verdict(
    of machine: SteppedMachine, on system: borrowing KVMSystem
  ) throws(TortureError) -> TortureVerdict? {
    do {
      let file = try ScratchFile()
      try machine.save(to: file.path)
      return Self.verdict(try restore(file.path, on: system))
    } catch let error as TortureError {
      throw error
    } catch let error as SystemError {
      throw .machine(.system(error))
    } catch let error as CheckpointError {
      throw .guest("it cannot be saved: \(error)")
    } catch { preconditionFailure("no other error is thrown above: \(error)") }
  }

  /// Brings a machine back and runs it to its end.
  ///
  /// *Why one that did not come to it is brought back once more:* a guest that is stuck is so again, and a host that
  /// stood still is not.
  private func restore(
    _ file: String, on system: borrowing KVMSystem
  ) throws(TortureError) -> Outcome {
    let outcome = try restoreOnce(file, on: system)
    return outcome == .timedOut ? try restoreOnce(file, on: system) : outcome
  }

  private func restoreOnce(
    _ file: String, on system: borrowing KVMSystem
  ) throws(TortureError) -> Outcome {
    if let restoring = search.restoring { return try restoring(file) }
    do {
      return try Machine(restoring: file, configuration, on: system, countsStoppedTime: false)
        .run().outcome
    } catch let error as SystemError {
      throw .machine(.system(error))
    } catch { throw .guest("it cannot be brought back: \(error)") }
  }

  /// What a guest's books say: see guest-images/macros/ledger.h and kernel-timers/clock.S.
  static func verdict(_ outcome: Outcome) -> TortureVerdict? {
    switch outcome {
    case .exited(code: 0): nil
    case .exited(code: 1), .dead: .lost
    case .exited(code: 2): .doubled
    case .exited(code: 3): .early
    case .exited(code: 5), .exited(code: 6): .jumped
    case .exited: .differs
    default: .stuck
    }
  }
}
