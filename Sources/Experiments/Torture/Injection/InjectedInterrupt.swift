/// What is raised at each boundary of a guest.
public enum InjectedInterrupt: Hashable, Sendable, CustomStringConvertible {
  /// An input of the in-kernel controllers, from 0 to ``lineMax``: an edge where the guest has its pin take
  /// edges, else a level that falls when the handler is entered.
  case line(Int)
  /// A non-maskable interrupt.
  case nmi

  /// The last input of KVM's IOAPIC.
  public static let lineMax = 23

  /// Reads `nmi`, or a line's number; nil for anything else.
  public init?(_ text: String) {
    if text == "nmi" {
      self = .nmi
    } else if let line = Int(text), (0...Self.lineMax).contains(line), "\(line)" == text {
      self = .line(line)
    } else {
      return nil
    }
  }

  /// What ``init(_:)`` reads.
  public var word: String {
    switch self {
    case .line(let line): "\(line)"
    case .nmi: "nmi"
    }
  }

  /// `line 4`, or `nmi`.
  public var description: String {
    switch self {
    case .line(let line): "line \(line)"
    case .nmi: "nmi"
    }
  }
}
