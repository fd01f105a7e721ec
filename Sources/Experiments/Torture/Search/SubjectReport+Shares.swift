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
  /// - Throws: ``JSONError`` with the place of what is missing or malformed.
  public init(_ node: JSONNode) throws(JSONError) {
    self.init(try node.word("subject", TortureSubject.init(rawValue:)))
    cuts = try node.count("cuts")
    missed = try node.count("missed")
    isPartial = node["partial"]?.value == .bool(true)
    if case .string(let reason)? = node["notCut"]?.content { skipReason = reason }
    for finding in try node.list("findings") {
      let finding = try TortureFinding(finding)
      guard finding.shortest.subject == subject,
        !findings.contains(where: { $0.verdict == finding.verdict })
      else { throw node.error("a finding is of this subject, and one of each kind") }
      findings.append(finding)
    }
    for rule in try node.list("orders") { rules.append(try OrderRule(rule)) }
    sampledOrders = try node.count("sampledOrders")
    oddOrders = try node.count("harmfulOrders")
  }
}

extension TortureFinding {
  /// The same of so many cuts.
  fileprivate func counting(_ count: Int) -> TortureFinding {
    TortureFinding(
      verdict: verdict, count: count, shortest: shortest, confirmations: confirmations,
      phase: phase)
  }

  fileprivate init(_ node: JSONNode) throws(JSONError) {
    var confirmations: Tally?
    if let tally = node["confirmed"], tally.content != .null {
      confirmations = Tally(try tally.count("seen"), of: try tally.count("runs"))
    }
    let hasPhase = node["phase"].map { $0.content != .null } ?? false
    self.init(
      verdict: try node.word("kind", TortureVerdict.init(rawValue:)),
      count: try node.count("cuts"), shortest: try node.word("replay") { TortureCase($0) },
      confirmations: confirmations,
      phase: hasPhase ? try node.word("phase", CutPhase.init(rawValue:)) : nil)
  }
}

extension OrderRule {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    func part(_ name: String) -> TorturePart? { TorturePart.allCases.first { $0.name == name } }
    let requests = try node.word("requests") { ["get", "set"].contains($0) ? $0 : nil }
    let verdicts = try node.list("otherwise").map { verdict throws(JSONError) in
      guard case .string(let text) = verdict.content, let known = TortureVerdict(rawValue: text)
      else { throw verdict.error("no such kind of fault") }
      return known
    }
    self.init(
      pair: PartPair(first: try node.word("first", part), second: try node.word("second", part)),
      isOfGets: requests == "get", verdicts: Set(verdicts))
  }
}

extension JSONNode {
  /// A member that is one of some words.
  fileprivate func word<Value>(
    _ name: String, _ value: (String) -> Value?
  ) throws(JSONError) -> Value {
    guard case .string(let text)? = self[name]?.content, let value = value(text) else {
      throw (self[name] ?? self).error("\(name) is none of the words that are known")
    }
    return value
  }

  /// A member that is a count below 2^40: those of a million shares add up in 63 bits.
  fileprivate func count(_ name: String) throws(JSONError) -> Int {
    guard case .integer(let value)? = self[name]?.content, (0..<1 << 40).contains(value) else {
      throw (self[name] ?? self).error("\(name) is a count below 2^40")
    }
    return Int(value)
  }

  fileprivate func list(_ name: String) throws(JSONError) -> [JSONNode] {
    guard case .array(let elements)? = self[name]?.content else {
      throw (self[name] ?? self).error("\(name) is an array")
    }
    return elements
  }
}
