internal import KVM
internal import LinuxHost

/// Finding out what there is to cut.
extension TortureBench {
  /// The boundaries of an uncut run, and what each lies in the middle of.
  ///
  /// - Parameter place: ``DeadlinePlace/natural``, or ``DeadlinePlace/earlier``: steps alone, from where the
  ///   deadline has passed.
  /// - Returns: Exits, halts and steps, each kind in its order, up to the mark `settled`.
  /// - Throws: ``TortureError`` with the reason.
  func boundaries(_ place: DeadlinePlace) throws(TortureError) -> [PhasedBoundary] {
    try lifting { () throws(KVMError) in
      var found = try walk(place, CutBoundary.step)
      if place == .natural {
        if law == .oneShot || law == .periodic { found = try walk(place, CutBoundary.halt) + found }
        found = try walk(place, CutBoundary.exit) + found
      }
      return place == .earlier ? found.filter { $0.phase > .halted } : found
    }
  }

  private func walk(
    _ place: DeadlinePlace, _ kind: (Int) -> CutBoundary
  ) throws(KVMError) -> [PhasedBoundary] {
    var run = try begin(place)
    var found: [PhasedBoundary] = []
    while try run.proceed(toy, to: kind(found.count + 1)) {
      if run.observation.events.last?.kind == .settled { break }
      found.append(PhasedBoundary(boundary: kind(found.count + 1), phase: try phase(run)))
      // One halt is like the next.
      if kind(1).isHalt { break }
    }
    return found
  }

  private func phase(_ run: ToyRun) throws(KVMError) -> CutPhase {
    let page = LocalAPICPage(try toy.get(.localAPIC))
    if page.contains(0x40, in: .service) { return .inService }
    if page.contains(0x40, in: .request) { return .requested }
    if run.observation.deliveries > 0 { return .handled }
    guard run.due != nil, law != .raised else {
      return run.observation.raises.isEmpty ? .idle : .requested
    }
    return try toy.vcpu.runState() == .halted ? .halted : .armed
  }

  /// How long it takes from arming to the last step before the deadline, and to save and restore twice.
  func costOfLongestCut() throws(KVMError) -> UInt64 {
    var run = try begin(.natural)
    var steps = 0
    var (first, last) = (MonotonicClock.now(), MonotonicClock.now())
    while try run.proceed(toy, to: .step(steps + 1)) {
      steps += 1
      guard run.observation.deliveries == 0, run.observation.events.last?.kind != .settled else {
        break
      }
      if run.observation.events.contains(where: { $0.kind == .armed }) {
        last = MonotonicClock.now()
      } else {
        first = MonotonicClock.now()
      }
    }
    let saving = MonotonicClock.now()
    for _ in 0..<2 { try toy.restore(try toy.save()) }
    return max(last, first) - first + MonotonicClock.now() - saving
  }
}
