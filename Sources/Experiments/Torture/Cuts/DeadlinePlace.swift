/// Where the armed deadline passes, among the requests of a cut.
///
/// The place is made real: the machine waits there until the deadline has passed, and a run in which it passed
/// before is not counted.
public enum DeadlinePlace: Hashable, Sendable {
  /// Wherever the guest's own course brings it: the guest is not held anywhere.
  case natural
  /// At the guest's mark `started`, outside of `KVM_RUN`; the guest continues to the boundary then.
  case earlier
  /// After the last part was written, as ``later``; the vCPU waits at the boundary until four fifths of the way
  /// to it are over.
  case nearly
  /// At the boundary, before the first part is read.
  case beforeSave
  /// After so many parts have been read, from 1, and before the next one is.
  case afterGet(Int)
  /// After the last part was read, and before the first one is written.
  case outside
  /// After so many parts have been written, from 1, and before the next one is.
  case afterSet(Int)
  /// After the last part was written: in the guest.
  case later

  /// The form in a replay string.
  public var text: String {
    switch self {
    case .natural: "natural"
    case .earlier: "earlier"
    case .nearly: "nearly"
    case .beforeSave: "before"
    case .afterGet(let count): "get\(count)"
    case .outside: "outside"
    case .afterSet(let count): "set\(count)"
    case .later: "later"
    }
  }

  /// Reads that form; nil for anything else.
  public init?(_ text: some StringProtocol) {
    switch text {
    case "natural": self = .natural
    case "earlier": self = .earlier
    case "nearly": self = .nearly
    case "before": self = .beforeSave
    case "outside": self = .outside
    case "later": self = .later
    default:
      guard let count = Int(text.dropFirst(3)), (1..<TorturePart.allCases.count).contains(count),
        text.dropFirst(3).utf8.allSatisfy({ (48...57).contains($0) })
      else { return nil }
      switch text.prefix(3) {
      case "get": self = .afterGet(count)
      case "set": self = .afterSet(count)
      default: return nil
      }
    }
  }
}
