import ArgumentParser
import LinuxHost
import TerminalText

/// A line on the terminal that standard error is, which says how far long work has come; elsewhere nothing.
///
/// Any thread may show; what is shown between two tenths of a second is not composed.
final class StatusLine: Sendable {
  private struct State {
    /// When the line may change next, in nanoseconds of ``MonotonicClock``.
    var next: UInt64 = 0
    var isVisible = false
  }

  private static let interval: UInt64 = 100_000_000
  /// Whether anything appears.
  let isShown: Bool
  /// What the terminal had at the start, but for the column where the cursor would wrap; 0 or more.
  private let width: Int
  private let state = Lock(State())

  /// - Parameter isShown: Whether it may appear at all.
  init(isShown: Bool) {
    self.isShown = isShown && StandardStream.error.isTerminal
    width = (StandardStream.error.columns ?? 80) - 1
  }

  /// Puts a text in the place of the one before.
  func show(_ text: @autoclosure () -> String) {
    guard isShown else { return }
    state.withLock { state in
      let now = MonotonicClock.now()
      guard now >= state.next else { return }
      state.next = now + Self.interval
      state.isVisible = true
      try? StandardStream.error.write("\r\(text().visible.prefix(width))\u{1b}[K")
    }
  }

  /// Takes the line away, so that a result or a message may be printed.
  func clear() {
    state.withLock { state in
      guard state.isVisible else { return }
      state = State()
      try? StandardStream.error.write("\r\u{1b}[K")
    }
  }
}

/// The option of all commands with a ``StatusLine``.
struct ProgressOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Show no status line on a terminal.")
  var quiet = false

  /// The line of a command.
  func line() -> StatusLine { StatusLine(isShown: !quiet) }
}
