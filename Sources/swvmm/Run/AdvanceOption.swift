import ArgumentParser
import TimerModels

/// What `--advance` takes.
struct AdvanceOption: CustomStringConvertible {
  let policy: AdvancePolicy

  /// The longest advance that may be asked for, in nanoseconds.
  static let greatest: UInt64 = 100_000

  init(_ policy: AdvancePolicy) { self.policy = policy }

  static func parse(_ text: String) throws -> Self {
    switch text {
    case "off": return Self(.off)
    case "auto": return Self(.learnt)
    default:
      do {
        return Self(.fixed(try TimeSpan.parser(in: "ns", 0...greatest)(text).nanoseconds))
      } catch {
        throw ValidationError("off, auto, or \(error)")
      }
    }
  }

  var description: String {
    switch policy {
    case .off: "off"
    case .learnt: "auto"
    case .fixed(let nanoseconds): "\(nanoseconds)"
    }
  }
}
