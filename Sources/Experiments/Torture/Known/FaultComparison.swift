public import JSON

/// What a search found, held against what was known.
public struct FaultComparison: Hashable, Sendable {
  /// A kind of fault of a subject.
  public struct Fault: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What was cut.
    public let subject: TortureSubject
    /// What became of it.
    public let kind: TortureVerdict

    /// Names a fault.
    public init(_ subject: TortureSubject, _ kind: TortureVerdict) {
      self.subject = subject
      self.kind = kind
    }

    /// `apic-oneshot: doubled`.
    public var description: String { "\(subject.rawValue): \(kind.rawValue)" }

    /// In the order of the subjects, then of the kinds.
    public static func < (left: Fault, right: Fault) -> Bool {
      left.subject == right.subject ? left.kind < right.kind : left.rank < right.rank
    }

    private var rank: Int { TortureSubject.allCases.firstIndex(of: subject) ?? 0 }
  }

  /// Found, and not known.
  public let new: [Fault]
  /// Known to be found each time, and not found.
  public let gone: [Fault]
  /// Known, and found.
  public let known: [Fault]

  /// Compares.
  ///
  /// - Parameters:
  ///   - found: What was found.
  ///   - expected: What is known of this kernel.
  ///   - subjects: What was searched, to the end: of the others nothing is gone.
  public init(
    _ found: some Sequence<Fault>, with expected: [KnownFault], in subjects: [TortureSubject]
  ) {
    let found = Set(found)
    let all = Set(expected.map { Fault($0.subject, $0.kind) })
    let certain = Set(expected.filter(\.isCertain).map { Fault($0.subject, $0.kind) })
    new = found.subtracting(all).sorted()
    gone = certain.subtracting(found).filter { subjects.contains($0.subject) }.sorted()
    known = found.intersection(all).sorted()
  }

  /// Compares what a search reports.
  ///
  /// Of a subject that was not cut, or not to the end, nothing is gone.
  public init(_ reports: [SubjectReport], with expected: [KnownFault]) {
    self.init(
      reports.flatMap { report in report.findings.map { Fault(report.subject, $0.verdict) } },
      with: expected,
      in: reports.filter { !$0.isPartial && $0.skipReason == nil }.map(\.subject))
  }

  /// Whether the kernel is as it was known.
  public var isAsKnown: Bool { new.isEmpty && gone.isEmpty }

  /// What differs, a line each; then one that counts.
  public var text: String {
    let lines =
      new.map { "new fault: \($0)\n" }
      + gone.map { "a known fault is gone: \($0)\n" }
    return lines.joined() + "\(known.count) known, \(new.count) new, \(gone.count) gone\n"
  }

  /// The three lists, each fault with the members of a ``KnownFaults`` document.
  public var json: JSONValue {
    func list(_ faults: [Fault]) -> JSONValue {
      .array(
        faults.map { ["subject": .string($0.subject.rawValue), "kind": .string($0.kind.rawValue)] })
    }
    return ["new": list(new), "gone": list(gone), "known": list(known)]
  }
}
