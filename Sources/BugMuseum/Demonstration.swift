/// How a guest on KVM shows a bug.
public struct Demonstration: Sendable {
  /// The built-in guest that finds it.
  public var guest: String
  /// The guest's command line.
  public var arguments: String
  /// How many vCPUs it needs.
  public var cpus: Int
  /// What is put in the place of the right rules.
  public var fault: Fault
}

extension Exhibit {
  /// The exhibit, with a guest that shows it.
  ///
  /// - Parameters:
  ///   - guest: The guest's name.
  ///   - arguments: Its command line.
  ///   - cpus: How many vCPUs it needs.
  ///   - fault: What has the bug under a guest; nil where that is ``Exhibit/fault``.
  /// - Returns: The exhibit.
  func shown(
    by guest: String, _ arguments: String = "", cpus: Int = 1, as fault: Fault? = nil
  ) -> Exhibit {
    guard let fault = fault ?? self.fault else { preconditionFailure("\(id) has no rules") }
    var shown = self
    shown.demonstration = Demonstration(
      guest: guest, arguments: arguments, cpus: cpus, fault: fault)
    return shown
  }
}
