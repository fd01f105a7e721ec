import ArgumentParser
import TimerModels

/// What `--advance` takes.
struct AdvanceOption: ExpressibleByArgument, CustomStringConvertible {
  let policy: AdvancePolicy

  /// The longest advance that may be asked for, in nanoseconds.
  static let greatest: UInt64 = 100_000

  init(_ policy: AdvancePolicy) { self.policy = policy }

  init?(argument: String) {
    switch argument {
    case "off": policy = .off
    case "auto": policy = .learnt
    default:
      guard let nanoseconds = UInt64(argument), nanoseconds <= Self.greatest else { return nil }
      policy = .fixed(nanoseconds)
    }
  }

  var description: String {
    switch policy {
    case .off: "off"
    case .learnt: "auto"
    case .fixed(let nanoseconds): "\(nanoseconds)"
    }
  }

  var defaultValueDescription: String { description }
}
