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
  /// - Parameter bytes: The document; ``JSONNode/sizeMax`` bytes at most.
  /// - Throws: ``JSONError`` with the line of what is no list of known faults.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    let document = try JSONNode(parsing: bytes)
    try document.require(["faults"], optional: [])
    guard let list = document["faults"], case .array(let nodes) = list.content else {
      throw (document["faults"] ?? document).error("faults is an array here")
    }
    faults = try nodes.map { (node) throws(JSONError) in try KnownFault(node) }
  }

  /// Those of one kernel.
  public func of(_ host: KernelUnderTest) -> [KnownFault] { faults.filter { $0.concerns(host) } }
}

extension KnownFault {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    try node.require(["kernel", "subject", "kind"], optional: ["module", "seen", "note"])
    kernel = try node.text("kernel") ?? ""
    guard KernelUnderTest.isPattern(kernel) else {
      throw node.place("kernel").error("kernel is a release such as 6.1, or * for any")
    }
    module = try node.text("module")
    let subject = try node.text("subject") ?? ""
    guard let subject = TortureSubject(rawValue: subject) else {
      throw node.place("subject").error(
        "no such subject: " + TortureSubject.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.subject = subject
    guard let kind = TortureVerdict(rawValue: try node.text("kind") ?? "") else {
      throw node.place("kind").error(
        "no such kind of fault: " + TortureVerdict.allCases.map(\.rawValue).joined(separator: ", "))
    }
    self.kind = kind
    switch try node.text("seen") {
    case nil, "always": isCertain = true
    case "sometimes": isCertain = false
    default: throw node.place("seen").error("seen is always or sometimes")
    }
    _ = try node.text("note")
  }
}

extension JSONNode {
  /// Demands an object that has some members and no others but the optional ones.
  fileprivate func require(_ names: [String], optional: [String]) throws(JSONError) {
    guard case .object(let members) = content else { throw error("an object is expected here") }
    for member in members where !(names + optional).contains(member.name) {
      throw member.node.error(
        "no member of that name is known here: " + (names + optional).joined(separator: ", "))
    }
    for name in names where self[name] == nil { throw error("the member \(name) is missing") }
  }

  /// A member that is a string, if it is there.
  fileprivate func text(_ name: String) throws(JSONError) -> String? {
    guard let node = self[name] else { return nil }
    guard case .string(let text) = node.content else { throw node.error("\(name) is a string") }
    return text
  }

  /// Where a member stands, or the object without it.
  fileprivate func place(_ name: String) -> JSONNode { self[name] ?? self }
}
