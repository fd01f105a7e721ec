public import JSON

extension SubjectReport {
  /// Adds the cuts of another share of the same subject's.
  ///
  /// Of each kind of fault the shorter of the two shortest cuts is kept.
  public mutating func merge(_ other: SubjectReport) {
    precondition(other.subject == subject, "cuts of two subjects are no shares of one")
    cuts += other.cuts
    missed += other.missed
    for added in other.findings {
      guard let index = findings.firstIndex(where: { $0.verdict == added.verdict }) else {
        findings.append(added)
        continue
      }
      let known = findings[index]
      let isShorter = added.shortest.cut.isShorter(than: known.shortest.cut)
      findings[index] = (isShorter ? added : known).counting(known.count + added.count)
    }
    findings.sort { $0.verdict < $1.verdict }
    rules += other.rules
    sampledOrders += other.sampledOrders
    oddOrders += other.oddOrders
    isPartial = isPartial || other.isPartial
    skipReason = skipReason ?? other.skipReason
  }

  /// Reads what `swvmm torture --json` printed of a subject.
  ///
  /// - Throws: `JSONError` with the place of what is missing or malformed.
  public init(_ node: JSONNode) throws(JSONError) {
    self.init(try node.member("subject").word("a subject", TortureSubject.init(rawValue:)))
    cuts = try node.member("cuts").count(below: Self.countLimit)
    missed = try node.member("missed").count(below: Self.countLimit)
    isPartial = try node.member("partial").flag()
    skipReason = try node.optional("notCut")?.string()
    for finding in try node.elements("findings") {
      let finding = try TortureFinding(finding)
      guard finding.shortest.subject == subject,
        !findings.contains(where: { $0.verdict == finding.verdict })
      else { throw node.error("a finding is of this subject, and one of each kind") }
      findings.append(finding)
    }
    for rule in try node.elements("orders") { rules.append(try OrderRule(rule)) }
    sampledOrders = try node.member("sampledOrders").count(below: Self.countLimit)
    oddOrders = try node.member("harmfulOrders").count(below: Self.countLimit)
  }

  /// What a count of a million shares each adds up to has 63 bits.
  fileprivate static let countLimit = 1 << 40
}

extension TortureFinding {
  /// The same of so many cuts.
  fileprivate func counting(_ count: Int) -> TortureFinding {
    TortureFinding(
      verdict: verdict, count: count, shortest: shortest, confirmations: confirmations,
      phase: phase)
  }

  fileprivate init(_ node: JSONNode) throws(JSONError) {
    let limit = SubjectReport.countLimit
    self.init(
      verdict: try node.member("kind").word("a kind of fault", TortureVerdict.init(rawValue:)),
      count: try node.member("cuts").count(below: limit),
      shortest: try Self.cut(node.member("replay")),
      confirmations: try node.optional("confirmed").map { tally throws(JSONError) in
        Tally(
          try tally.member("seen").count(below: limit),
          of: try tally.member("runs").count(below: limit))
      },
      phase: try node.optional("phase")?.word("a phase of a cut", CutPhase.init(rawValue:)))
  }

  private static func cut(_ node: JSONNode) throws(JSONError) -> TortureCase {
    let word = try node.string()
    do { return try TortureCase(word) } catch { throw node.error("not a cut: \(error)") }
  }
}

extension OrderRule {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    func part(_ name: String) throws(JSONError) -> TorturePart {
      try node.member(name).word("a part of the state") { name in
        TorturePart.allCases.first { $0.name == name }
      }
    }
    self.init(
      pair: PartPair(first: try part("first"), second: try part("second")),
      isOfGets: try node.member("requests").word("get or set") {
        ["get": true, "set": false][$0]
      },
      verdicts: Set(
        try node.elements("otherwise").map { verdict throws(JSONError) in
          try verdict.word("a kind of fault", TortureVerdict.init(rawValue:))
        }))
  }
}
