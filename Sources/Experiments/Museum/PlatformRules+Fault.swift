public import BugMuseum
public import VMM

extension PlatformRules {
  /// The right rules, but for one that has a bug.
  ///
  /// Nil where the bug is in no device of the platform's: TSCs are KVM's own.
  public init?(with fault: Fault) {
    self.init()
    switch fault {
    case .countCompare(let rules): countCompare = rules
    case .genericTimer(let rules): genericTimer = rules
    case .lineMemory(let rules): lineMemory = rules
    case .interruptController(let rules): controller = rules
    case .tsc: return nil
    }
  }
}
