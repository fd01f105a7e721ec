import Exploration

/// A timer that counts down and interrupts at 0, and the guest that uses it.
struct Countdown: World {
  enum Action: String, CaseIterable, CustomStringConvertible {
    case start, tick, acknowledge
    var description: String { rawValue }
  }
  enum Property: String { case lost = "lost-interrupt", spurious = "spurious-interrupt" }
  static let alphabet = Action.allCases

  var remaining = 0
  var isPending = false
  var isOwed = false  // The reference: expired, and not acknowledged.

  mutating func perform(_ action: Action) -> Step {
    switch action {
    case .start: (remaining, isPending) = (2, false)
    case .tick:
      guard remaining > 0 else { return .impossible }
      remaining -= 1
      if remaining == 0 { (isPending, isOwed) = (true, true) }
    case .acknowledge: (isPending, isOwed) = (false, false)
    }
    return .done
  }

  var violation: Property? { isPending == isOwed ? nil : isOwed ? .lost : .spurious }
  static func actor(of action: Action) -> Actor { action == .tick ? .time : .guest }
  var readout: Readout { Readout(timer: "\(remaining) to go", controller: isPending ? "IRQ" : "") }
}

func searchCountdown() throws -> String {
  let world = AnyWorld(Countdown())
  let report = try world.search(SearchBounds(), threads: 2)
  return report.summary + "\n\n" + (try world.replay(report.schedule).text)
}
