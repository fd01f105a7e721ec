/// Why a machine could not carry out an operation.
public enum ConformanceFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The operation waits for what cannot happen; the reason as a phrase.
  case endless(String)
  /// The scenario took more steps than this limit.
  case workLimit(Int)
  /// Virtual time went past the last instant that can be expressed.
  case endOfTime

  /// A phrase for a person.
  public var description: String {
    switch self {
    case .endless(let reason): "this would never end: \(reason)"
    case .workLimit(let steps): "given up after \(steps) steps"
    case .endOfTime: "virtual time went past its end, 584 years"
    }
  }
}
