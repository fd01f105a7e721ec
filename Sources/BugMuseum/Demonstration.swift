/// How a guest on KVM shows a bug.
public struct Demonstration: Sendable {
  /// The built-in guest that finds it.
  public var guest: String
  /// The guest's command line.
  public var arguments: String
  /// How many vCPUs it needs.
  public var cpus: Int
}

extension Exhibit {
  /// The exhibit, with a guest that shows it.
  ///
  /// - Parameters:
  ///   - guest: The guest's name.
  ///   - arguments: Its command line.
  ///   - cpus: How many vCPUs it needs.
  /// - Returns: The exhibit.
  func shown(by guest: String, _ arguments: String = "", cpus: Int = 1) -> Exhibit {
    precondition(fault != nil, "\(id) has no rules")
    var shown = self
    shown.demonstration = Demonstration(guest: guest, arguments: arguments, cpus: cpus)
    return shown
  }
}
