/// An entry of a list of kvm-unit-tests, as it is written there.
public struct UnitTest: Hashable, Sendable {
  /// What it is called.
  public let name: String
  /// The image's file, in the list's folder.
  public internal(set) var file = ""
  /// How many processors it wants; nil: as many as the host has.
  public internal(set) var processors: Int? = 1
  /// What the guest is told, in the shell's quoting.
  public internal(set) var arguments = ""
  /// What it asks of QEMU, in the shell's quoting.
  public internal(set) var parameters = ""
  /// The groups that it belongs to.
  public internal(set) var groups: [String] = []
  /// The only architecture that it is for, if any.
  public internal(set) var architecture: String?
  /// The only accelerator of QEMU's that it is for, if any.
  public internal(set) var accelerator: String?
  /// Files and what they must contain for it to be run.
  public internal(set) var conditions: [Condition] = []
  /// How long it may take, in seconds.
  public internal(set) var timeout: Double = 90

  /// A file and what it must contain.
  public struct Condition: Hashable, Sendable {
    let path: String
    let value: String
  }

  init(name: String) { self.name = name }
}
