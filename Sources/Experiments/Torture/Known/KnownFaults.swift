public import JSON

/// A fault that a kernel is known to have.
public struct KnownFault: Hashable, Sendable {
  /// Of which releases: the numbers at their beginning (`6.1`), one in full, or `*`.
  public var kernel: String
  /// KVM's module, as in `kvm_amd`; nil: any.
  public var module: String?
  /// What is cut.
  public var subject: TortureSubject
  /// What becomes of it.
  public var kind: TortureVerdict
  /// Whether each search finds it.
  ///
  /// One that is found now and then is neither new nor gone.
  public var isCertain = true

  /// Whether a kernel is one of those that have it.
  public func concerns(_ host: KernelUnderTest) -> Bool {
    host.isOf(release: kernel) && (module == nil || module == host.module)
  }
}

/// Lists of known faults, against which a search is held.
///
/// A document has one member, `faults`, an array of objects:
///
///     {"faults": [
///       {"kernel": "6.1", "module": "kvm_amd", "subject": "nmi", "kind": "lost"},
///       {"kernel": "*", "subject": "apic-periodic", "kind": "lost", "seen": "sometimes"}
///     ]}
///
/// `module` and `seen` (`always`, or `sometimes`) may be left out; `note` is for people.
public struct KnownFaults: Hashable, Sendable {
  /// All of them, of whatever kernel.
  public let faults: [KnownFault]

  /// A list.
  public init(_ faults: [KnownFault]) { self.faults = faults }

  /// Reads a document.
  ///
  /// - Parameter bytes: The document; `JSONNode.sizeMax` bytes at most.
  /// - Throws: `JSONError` with the line of what is not a list of known faults.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    let document = try JSONNode(parsing: bytes)
    try document.require(["faults"])
    faults = try document.elements("faults").map { (node) throws(JSONError) in
      try KnownFault(node)
    }
  }

  /// Those of one kernel.
  public func of(_ host: KernelUnderTest) -> [KnownFault] { faults.filter { $0.concerns(host) } }
}

extension KnownFault {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    func list<Words: RawRepresentable<String> & CaseIterable>(_: Words.Type) -> String {
      Words.allCases.map(\.rawValue).joined(separator: ", ")
    }
    try node.require(["kernel", "subject", "kind"], optional: ["module", "seen", "note"])
    kernel = try node.member("kernel").word("a release such as 6.1, or * for any,") {
      KernelUnderTest.isPattern($0) ? $0 : nil
    }
    module = try node["module"]?.string()
    subject = try node.member("subject").word(
      "a subject (\(list(TortureSubject.self)))", TortureSubject.init(rawValue:))
    kind = try node.member("kind").word(
      "a kind of fault (\(list(TortureVerdict.self)))", TortureVerdict.init(rawValue:))
    isCertain =
      try node["seen"]?.word("always or sometimes") { ["always": true, "sometimes": false][$0] }
      ?? true
    _ = try node["note"]?.string()
  }
}
