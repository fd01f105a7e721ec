/// Where a guest is stopped to be saved, counted from its mark `ready`.
public enum CutBoundary: Hashable, Sendable {
  /// After the n-th exit, from 1, with the exit completed.
  case exit(Int)
  /// After the n-th single step, from 1. An exit in place of a step counts as one.
  case step(Int)
  /// While the guest is halted for the n-th time, from 1: a signal gets the vCPU out.
  case halt(Int)

  /// The number.
  public var number: Int {
    switch self {
    case .exit(let number), .step(let number), .halt(let number): number
    }
  }

  /// The form in a replay string: `exit3`, `step12`, `halt1`.
  public var text: String {
    switch self {
    case .exit(let number): "exit\(number)"
    case .step(let number): "step\(number)"
    case .halt(let number): "halt\(number)"
    }
  }

  /// Reads that form; nil for anything else, and for numbers that no run reaches.
  public init?(_ text: some StringProtocol) {
    let word = text.prefix { $0.isLetter }
    let digits = text.dropFirst(word.count)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let number = Int(digits), (1...Self.numberMax).contains(number)
    else { return nil }
    switch word {
    case "exit": self = .exit(number)
    case "step": self = .step(number)
    case "halt": self = .halt(number)
    default: return nil
    }
  }

  /// More than any search looks at.
  public static let numberMax = 100_000
}
