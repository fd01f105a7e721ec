internal import CLinuxHost

/// The terminal that a stream is, set to hand over every key at once, unechoed; put back when this
/// value goes, and whenever the process is stopped by the terminal or ended by a signal or a fault.
///
/// Signal keys keep working (Ctrl-C ends a run), so a guest cannot lock its user out.
///
/// *Why nothing is remembered here:* a shell may take the terminal, change it and give it back between
/// any two looks (Ctrl-Z, `bg`, `fg`). So ``hold()`` looks again each time, and while another process
/// group has the terminal it is neither read nor changed.
public struct Terminal: ~Copyable {
  /// Whose the terminal is.
  public enum Holder: Hashable, Sendable {
    /// It is none, or one that is gone.
    case absent
    /// This process's group.
    case us
    /// Another process group: reading it would stop this process.
    case another
  }

  private let number: Int32

  /// Looks at nothing yet.
  ///
  /// - Parameter stream: Usually standard input. One value a process: the terminal to put back is kept
  ///   where a signal's handler finds it.
  public init(of stream: StandardStream) { number = stream.rawValue }

  /// Sets the terminal, if this process's group has it.
  public func hold() -> Holder {
    switch chost_hold_terminal(number) {
    case CHOST_TERMINAL_HELD: .us
    case CHOST_TERMINAL_ELSEWHERE: .another
    default: .absent
    }
  }

  deinit { chost_release_terminal() }
}
