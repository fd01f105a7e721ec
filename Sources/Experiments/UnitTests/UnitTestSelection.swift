/// Which entries of a list a user wants, and how.
public struct UnitTestSelection: Sendable {
  /// Names of the only ones; none: all.
  public var names: Set<String> = []
  /// The only group; nil: any.
  public var group: String?
  /// Whether those that are marked for running by hand are wanted as well.
  public var wantsAll = false
  /// How long each may take, in seconds, whatever the list says.
  public var timeout: Double?

  /// All that run by default.
  public init() {}

  /// Whether an entry is reported at all.
  func includes(_ test: UnitTest) -> Bool {
    (names.isEmpty || names.contains(test.name))
      && (group.map(test.groups.contains) ?? true)
  }

  /// Demands that an entry is for this kind of machine and for now.
  ///
  /// - Throws: ``UnitTestRefusal`` with the reason.
  func require(_ test: UnitTest) throws(UnitTestRefusal) {
    if test.groups.contains("nodefault") && !wantsAll && group == nil && names.isEmpty {
      throw UnitTestRefusal("test marked as manual run only")
    }
    if let architecture = test.architecture, architecture != "x86_64" {
      throw UnitTestRefusal("\(architecture) only")
    }
    if let accelerator = test.accelerator, accelerator != "kvm" {
      throw UnitTestRefusal("\(accelerator) only")
    }
    for group in ["migration", "panic", "pv-host"] where test.groups.contains(group) {
      throw .notHere("what tests of the group \(group) need")
    }
  }
}
