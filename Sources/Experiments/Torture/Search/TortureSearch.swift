public import Exploration
public import KVM
internal import LinuxHost
public import VMM

/// The search for cuts that a subject does not survive.
public struct TortureSearch: Sendable {
  /// What is cut.
  public let subject: TortureSubject
  /// The guest.
  public let image: BootImage
  /// How state is carried.
  public let via: TortureVia
  /// What is damaged on the way; then what counts is what the damage does.
  public let plant: TorturePlant?
  /// Asked before each cut: whether to end with the results so far.
  public var isInterrupted: @Sendable () -> Bool = { false }
  /// Told after each cut: how many were made.
  public var progress: @Sendable (Int) -> Void = { _ in }

  /// The share of the cuts to make.
  public var shard = Shard.whole
  /// Plans a search.
  public init(
    _ subject: TortureSubject, _ image: BootImage, via: TortureVia = .bare,
    plant: TorturePlant? = nil
  ) {
    self.subject = subject
    self.image = image
    self.via = via
    self.plant = plant
  }

  /// Searches.
  ///
  /// *Order:* all boundaries with the usual orders, then places and rests at one boundary of each phase, then
  /// orders there; what was found is made as short as it gets.
  ///
  /// - Parameter system: The open `/dev/kvm`.
  /// - Returns: What was found; up to the interruption, if one came.
  /// - Throws: ``TortureError`` with the reason.
  public func run(on system: borrowing KVMSystem) throws(TortureError) -> SubjectReport {
    let timing = try TortureTiming(measuring: subject, image, on: system)
    let bench = try TortureBench(subject, image, timing, via: via, on: system)
    let plan = TorturePlan(
      law: bench.law, natural: try bench.boundaries(.natural),
      earlier: bench.law == .clock || bench.law == .raised ? [] : try bench.boundaries(.earlier),
      period: timing.period, waitsForDeadline: via == .recipe && subject == .pitOneShot,
      plant: plant)
    var session = TortureSession(self, plan)
    for cut in shard.share(of: plan.boundaryCuts + plan.placeCuts) {
      guard !isInterrupted() else { break }
      try session.judge(cut, bench, system)
    }
    if plant == nil, bench.law != .clock { try session.compareOrders(bench, system) }
    try session.shorten(bench, system)
    return session.report
  }
}

/// A search under way.
struct TortureSession: ~Copyable {
  private let search: TortureSearch
  private let plan: TorturePlan
  private(set) var report: SubjectReport
  /// What cuts did that were faulty.
  private var faulty: [(cut: Cut, verdicts: Set<TortureVerdict>)] = []
  /// What cuts did that others are held against.
  private var controls: [Cut: VerdictTally] = [:]

  init(_ search: TortureSearch, _ plan: TorturePlan) {
    self.search = search
    self.plan = plan
    report = SubjectReport(search.subject)
  }

  /// Makes a cut with the usual orders; what is faulty of it is a finding.
  mutating func judge(
    _ cut: Cut, _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) {
    if let verdicts = try count(cut, bench, system), !verdicts.isEmpty {
      faulty.append((cut, verdicts))
    }
  }

  /// Makes a cut that counts.
  ///
  /// - Returns: What it did; nil where it could not be made.
  private mutating func count(
    _ cut: Cut, _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) -> Set<TortureVerdict>? {
    guard let verdicts = try verdicts(cut, bench, system) else {
      report.missed += 1
      return nil
    }
    report.cuts += 1
    search.progress(report.cuts)
    return verdicts
  }

  /// What a cut does; with a plant, what it does that the same cut without it does not.
  ///
  /// - Returns: What it did; nil where it could not be made.
  private mutating func verdicts(
    _ cut: Cut, _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) -> Set<TortureVerdict>? {
    guard let seen = try seen(cut, bench, system) else { return nil }
    let verdicts = seen.verdicts
    guard !verdicts.isEmpty else { return [] }
    return try verdicts.subtracting(tally(without(cut), bench, system).ever)
  }

  /// What a cut does in some runs, of which the first decides whether there are more.
  ///
  /// - Returns: Nil where it could not be made.
  private func seen(
    _ cut: Cut, _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) -> VerdictTally? {
    guard let first = try bench.judge(planted(cut), on: system)?.verdicts else { return nil }
    var tally = VerdictTally()
    tally.note(first)
    for _ in 1..<Self.attemptsOfCut where !tally.verdicts.isEmpty {
      if let again = try bench.judge(planted(cut), on: system)?.verdicts { tally.note(again) }
    }
    return tally
  }

  private func planted(_ cut: Cut) -> Cut {
    var cut = cut
    cut.plant = search.plant
    return cut
  }

  /// The same cut without what is under test: the plant, or all requests.
  private func without(_ cut: Cut) -> Cut {
    guard search.plant == nil else { return cut }
    var cut = cut
    (cut.gets, cut.sets, cut.isNewVM) = ([], [], false)
    if !cut.isWellFormed { cut.place = .beforeSave }
    return cut
  }

  /// What a cut that others are held against does in some runs, which are made once.
  private mutating func tally(
    _ cut: Cut, _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) -> VerdictTally {
    if let known = controls[cut] { return known }
    var tally = VerdictTally()
    for _ in 0..<Self.attemptsOfCut { tally.note(try bench.judge(cut, on: system)?.verdicts ?? []) }
    controls[cut] = tally
    return tally
  }

  private static let attemptsOfCut = 3
  private static let attemptsOfFinding = 16

  // MARK: Orders

  /// Exchanges each pair of parts that may matter to the subject, in both orders.
  mutating func compareOrders(
    _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) {
    var number = 0
    for isOfGets in [true, false] {
      let order = isOfGets ? TorturePart.readingOrder : TorturePart.writingOrder
      for pair in PartPair.all(of: search.subject.parts, in: order) {
        defer { number += 1 }
        guard search.shard.has(number) else { continue }
        var harm: Set<TortureVerdict> = []
        for usual in plan.usualCuts(isOfGets: isOfGets) {
          guard !search.isInterrupted() else { return }
          harm.formUnion(try self.harm(of: pair, in: usual, isOfGets, bench, system))
        }
        if !harm.isEmpty {
          report.rules.append(OrderRule(pair: pair, isOfGets: isOfGets, verdicts: harm))
        }
      }
    }
    // Which orders keep the rules is known to who has judged all pairs.
    if search.shard == .whole { try sampleOrders(bench, system) }
  }

  /// What the exchange of two parts does that the usual order does not.
  private mutating func harm(
    of pair: PartPair, in usual: Cut, _ isOfGets: Bool, _ bench: borrowing TortureBench,
    _ system: borrowing KVMSystem
  ) throws(TortureError) -> Set<TortureVerdict> {
    var cuts: [Cut] = []
    var harm = Set(TortureVerdict.allCases)
    for order in pair.exchanges(in: isOfGets ? usual.gets : usual.sets) {
      var cut = usual
      if isOfGets { cut.gets = order } else { cut.sets = order }
      guard let verdicts = try count(cut, bench, system) else { return [] }
      harm.formIntersection(verdicts)
      guard !harm.isEmpty else { return [] }
      cuts.append(cut)
    }
    var confirmed: Set<TortureVerdict> = []
    for verdict in try harm.subtracting(tally(usual, bench, system).ever) {
      var isOfPair = true
      for cut in cuts where isOfPair {
        isOfPair = try shows(verdict, cut, and: usual, bench, system) != nil
      }
      if isOfPair { confirmed.insert(verdict) }
    }
    return confirmed
  }

  /// Tries some of the orders that were left out because their parts commute.
  private mutating func sampleOrders(
    _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) {
    let pairs = report.rules.filter { !$0.isOfGets }.map(\.pair)
    for (index, order) in TorturePlan.sample(keeping: pairs).enumerated() {
      guard !search.isInterrupted(), !plan.representatives.isEmpty else { return }
      let (boundary, place) = plan.representatives[index % plan.representatives.count]
      let usual = Cut(boundary, place, isNewVM: true)
      var other = usual
      other.sets = order
      guard let verdicts = try count(other, bench, system) else { continue }
      report.sampledOrders += 1
      guard !verdicts.isEmpty else { continue }
      var isOdd = false
      for verdict in try verdicts.subtracting(tally(usual, bench, system).ever) where !isOdd {
        isOdd = try shows(verdict, other, and: usual, bench, system) != nil
      }
      if isOdd { report.oddOrders += 1 }
    }
  }

  // MARK: The shortest

  /// Makes findings of what was faulty: of each kind the shortest cut.
  mutating func shorten(
    _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
  ) throws(TortureError) {
    for verdict in TortureVerdict.allCases {
      var cuts = faulty.filter { $0.verdicts.contains(verdict) }.map(\.cut)
      cuts.sort { $0.isShorter(than: $1) }
      // What was found before an interruption is told as it was found.
      var shortest = search.isInterrupted() ? cuts.first : nil
      var confirmations: TortureFinding.Tally?
      for cut in cuts where shortest == nil && !search.isInterrupted() {
        confirmations = try shows(verdict, cut, bench, system)
        if confirmations != nil { shortest = cut }
      }
      guard var shortest else { continue }
      // A new VM has no part that it is not given.
      if !shortest.isNewVM {
        for fewer in try fewerParts(verdict, shortest, bench, system) {
          (shortest, confirmations) = fewer
        }
      }
      shortest.plant = search.plant
      report.findings.append(
        TortureFinding(
          verdict: verdict, count: cuts.count, shortest: TortureCase(search.subject, shortest),
          confirmations: confirmations, phase: plan.phase(of: shortest)))
    }
  }

  /// The cut with fewer and fewer parts that still show the verdict: one, or else all that cannot be left out one by
  /// one.
  private func fewerParts(
    _ verdict: TortureVerdict, _ cut: Cut, _ bench: borrowing TortureBench,
    _ system: borrowing KVMSystem
  ) throws(TortureError) -> [(Cut, TortureFinding.Tally?)] {
    for part in cut.sets {
      var single = cut
      (single.gets, single.sets) = ([part], [part])
      guard single.isWellFormed else { continue }
      if let tally = try shows(verdict, single, bench, system) { return [(single, tally)] }
    }
    var found: [(Cut, TortureFinding.Tally?)] = []
    for part in TorturePart.allCases {
      var fewer = found.last?.0 ?? cut
      fewer.gets.removeAll { $0 == part }
      fewer.sets.removeAll { $0 == part }
      guard fewer.isWellFormed, !fewer.gets.isEmpty else { continue }
      if let tally = try shows(verdict, fewer, bench, system) { found.append((fewer, tally)) }
    }
    return found
  }

  private func shows(
    _ verdict: TortureVerdict, _ cut: Cut, _ bench: borrowing TortureBench,
    _ system: borrowing KVMSystem
  ) throws(TortureError) -> TortureFinding.Tally? {
    try shows(verdict, cut, and: without(cut), bench, system)
  }

  /// In how many of how many runs a cut shows a verdict that a control does not; nil if that is not enough for a
  /// finding.
  ///
  /// *Why in turn with the control:* what a host does for a while to whatever runs, it does to both.
  private func shows(
    _ verdict: TortureVerdict, _ cut: Cut, and control: Cut, _ bench: borrowing TortureBench,
    _ system: borrowing KVMSystem
  ) throws(TortureError) -> TortureFinding.Tally? {
    var (tally, controls) = (VerdictTally(), VerdictTally())
    for _ in 0..<Self.attemptsOfFinding {
      guard !search.isInterrupted() else { return nil }
      guard let verdicts = try bench.judge(planted(cut), on: system)?.verdicts else { continue }
      tally.note(verdicts)
      guard tally.mayShow(verdict, in: Self.attemptsOfFinding) else { return nil }
      controls.note(try bench.judge(control, on: system)?.verdicts ?? [])
    }
    guard tally.verdicts.contains(verdict), !controls.ever.contains(verdict) else { return nil }
    return TortureFinding.Tally(tally.count(of: verdict), of: tally.runs)
  }
}
