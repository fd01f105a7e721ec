public import KVM
internal import LinuxHost
internal import VMM

/// Cutting.
extension TortureBench {
  /// Runs the guest from its mark `ready` to its end, cut or not.
  ///
  /// - Parameters:
  ///   - cut: What is done on the way; nil: nothing.
  ///   - system: The open `/dev/kvm`.
  /// - Returns: What was seen; nil where the boundary is not reached, or the deadline did not pass at its place
  ///   in several attempts.
  /// - Throws: ``TortureError`` with the reason.
  public func observe(
    _ cut: Cut?, on system: borrowing KVMSystem
  ) throws(TortureError) -> Observation? {
    guard let cut else {
      return try lifting { () throws(KVMError) in
        var run = try begin(.natural)
        _ = try run.proceed(toy, to: nil)
        return try finish(run, toy)
      }
    }
    for _ in 0..<Self.attempts {
      let observation =
        if cut.isNewVM {
          try move(cut, to: lifting { () throws(MachineError) in try toy.spare(on: system) })
        } else {
          try lifting { () throws(KVMError) in try stay(cut) }
        }
      switch observation {
      case .seen(let observation): return observation
      case .notReached: return nil
      case .missed: continue
      }
    }
    return nil
  }

  /// How often a cut is tried whose deadline passes before its place, as on a host that is busy.
  private static let attempts = 10

  /// What came of an attempt.
  private enum Attempt {
    case seen(Observation), notReached, missed
  }

  /// Which articles of the law a cut breaks.
  ///
  /// A run in which the vCPU's thread had to wait for a processor proves nothing, unless it went well, and is
  /// made again.
  ///
  /// - Parameters:
  ///   - cut: What is done.
  ///   - system: The open `/dev/kvm`.
  /// - Returns: The verdicts, and what they are of; nil as of ``observe(_:on:)``, or where the host was too busy
  ///   each time.
  /// - Throws: ``TortureError`` with the reason.
  public func judge(
    _ cut: Cut, on system: borrowing KVMSystem
  ) throws(TortureError) -> (verdicts: Set<TortureVerdict>, observation: Observation)? {
    for _ in 0..<Self.attempts {
      let before = HostThread.currentDelay()
      guard let observation = try observe(cut, on: system) else { return nil }
      let delay = HostThread.currentDelay() - before
      let verdicts = law.verdicts(on: observation, remains(cut.place).ideal)
      if verdicts.allSatisfy(\.isCertain) || delay < timing.periodNanoseconds / 4 {
        return (verdicts, observation)
      }
    }
    return nil
  }

  // MARK: One run

  private func finish(
    _ run: ToyRun, _ toy: borrowing ToyMachine
  ) throws(KVMError) -> Observation {
    var observation = run.observation
    try toy.settle()
    observation.remains = remains(run.place).digest(try toy.remains())
    return observation
  }

  private func stay(_ cut: Cut) throws(KVMError) -> Attempt {
    var run = try begin(cut.place)
    guard try run.proceed(toy, to: cut.boundary) else { return .notReached }
    let carrier = CutCarrier(cut, via, subject, law)
    let state = try carrier.save(toy, &run)
    try carrier.restore(state, to: toy, &run)
    _ = try run.proceed(toy, to: nil)
    return run.isMissed ? .missed : .seen(try finish(run, toy))
  }

  private func move(_ cut: Cut, to other: consuming ToyMachine) throws(TortureError) -> Attempt {
    do throws(KVMError) {
      var run = try begin(cut.place)
      guard try run.proceed(toy, to: cut.boundary) else { return .notReached }
      let carrier = CutCarrier(cut, via, subject, law)
      let state = try carrier.save(toy, &run)
      other.copyRAM(of: toy)
      try carrier.restore(state, to: other, &run)
      try run.raiseAgain(other)
      _ = try run.proceed(other, to: nil)
      return run.isMissed ? .missed : .seen(try finish(run, other))
    } catch { throw .machine(.kvm(error)) }
  }
}
