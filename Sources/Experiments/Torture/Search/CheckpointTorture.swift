public import Exploration
public import KVM
public import VMM

/// The search with this program's own checkpoint in the place of the bare requests.
///
/// Guests that keep books on themselves are saved after each exit and behind each instruction. The machine that is
/// saved continues, and has to come out right like the one that is brought back.
public struct CheckpointTorture: Sendable {
  /// What is cut.
  public let subject: TortureSubject
  /// The guest; nil: the built-in one of the subject.
  public let image: BootImage?
  /// Asked before each cut: whether to end with the results so far.
  public var isInterrupted: @Sendable () -> Bool = { false }
  /// Told after each cut: how many were made.
  public var progress: @Sendable (Int) -> Void = { _ in }
  /// The share of the cuts to make.
  public var shard = Shard.whole
  /// Brings a machine back from a file, in another process, and runs it; nil: in this one.
  public var restoring: (@Sendable (String) throws(TortureError) -> Outcome)?

  /// How often the instruction at one place is cut: each round of a guest's waits in another way.
  private static let cutsOfInstruction = 4

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
    var books = CheckpointBooks(subject)
    for irqchip in subject.controllers where !isInterrupted() {
      do { try search(irqchip, &books, system) } catch {
        // A guest that the signal ended has kept no contract, and what was found before stays found.
        guard isInterrupted() else { throw error }
      }
    }
    return books.closed
  }

  /// Searches with one kind of controllers.
  private func search(
    _ irqchip: IRQChip, _ books: inout CheckpointBooks, _ system: borrowing KVMSystem
  ) throws(TortureError) {
    let bench = try CheckpointBench(self, irqchip, on: system)
    try bench.requireContract(on: system)
    var exit = 1 + shard.index
    while !isInterrupted(), let verdicts = try bench.cut(after: exit, on: system) {
      // What a signal to all processes of a terminal does to the other one is not the cut's doing.
      if isInterrupted() { break }
      books.note(.exit(exit), verdicts)
      progress(books.report.cuts)
      exit += shard.count
    }
    if subject.isStepped && !isInterrupted() { try cutSteps(bench, &books, system) }
  }

  /// Cuts one run behind its instructions, each place a few times.
  private func cutSteps(
    _ bench: CheckpointBench, _ books: inout CheckpointBooks, _ system: borrowing KVMSystem
  ) throws(TortureError) {
    var visits: [UInt64: Int] = [:]
    let end = try bench.step(on: system) { (step, machine) throws(TortureError) in
      guard !isInterrupted() else { return false }
      let place = try lifting { () throws(KVMError) in try machine.instructionPointer() }
      visits[place, default: 0] += 1
      guard visits[place, default: 0] <= Self.cutsOfInstruction, shard.has(step - 1) else {
        return true
      }
      let verdict = try bench.verdict(of: machine, on: system)
      if isInterrupted() { return false }
      books.note(.step(step), .init(restored: verdict, continued: nil))
      progress(books.report.cuts)
      return true
    }
    // One run was saved at all of them: which of them it was, a replay of each shows.
    if let end, let verdict = CheckpointBench.verdict(end) {
      books.note(.step(1), .init(restored: nil, continued: verdict))
    }
  }

  /// What a cut does, with each of the controllers.
  ///
  /// - Parameters:
  ///   - boundary: An exit or a step.
  ///   - system: The open `/dev/kvm`.
  /// - Returns: The verdicts, on the machine that is saved and on the one that is brought back; fewer where the guest
  ///   ends before.
  /// - Throws: ``TortureError`` with the reason.
  public func verdicts(
    at boundary: CutBoundary, on system: borrowing KVMSystem
  ) throws(TortureError) -> [Set<TortureVerdict>] {
    var all: [Set<TortureVerdict>] = []
    for irqchip in subject.controllers {
      let bench = try CheckpointBench(self, irqchip, on: system)
      switch boundary {
      case .exit(let exit):
        if let verdicts = try bench.cut(after: exit, on: system) { all.append(verdicts.all) }
      case .step(let wanted) where subject.isStepped:
        var verdicts: CheckpointBench.Verdicts?
        let end = try bench.step(on: system) { (step, machine) throws(TortureError) in
          guard step == wanted else { return true }
          verdicts = .init(restored: try bench.verdict(of: machine, on: system), continued: nil)
          return true
        }
        verdicts?.continued = end.flatMap(CheckpointBench.verdict)
        if let verdicts { all.append(verdicts.all) }
      case .step, .halt: break
      }
    }
    return all
  }
}

/// What a search with checkpoints has found so far.
private struct CheckpointBooks {
  private(set) var report: SubjectReport
  private var counts: [TortureVerdict: (count: Int, first: Cut)] = [:]

  init(_ subject: TortureSubject) { report = SubjectReport(subject) }

  mutating func note(_ boundary: CutBoundary, _ verdicts: CheckpointBench.Verdicts) {
    report.cuts += 1
    for (verdict, isNewVM) in [(verdicts.restored, true), (verdicts.continued, false)] {
      guard let verdict else { continue }
      counts[verdict, default: (0, Cut(boundary, isNewVM: isNewVM))].count += 1
    }
  }

  /// The report with its findings.
  var closed: SubjectReport {
    var closed = report
    closed.findings = counts.sorted { $0.key < $1.key }.map { verdict, found in
      TortureFinding(
        verdict: verdict, count: found.count,
        shortest: TortureCase(report.subject, found.first), confirmations: nil, phase: nil)
    }
    return closed
  }
}
