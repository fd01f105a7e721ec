internal import Glibc

/// A terminal set to hand over every key at once, unechoed; put back when this value goes.
///
/// Signal keys keep working (Ctrl-C ends a run), so a guest cannot lock its user out.
public struct Terminal: ~Copyable {
  private let number: Int32
  private let saved: termios

  /// Changes the terminal behind a descriptor.
  ///
  /// Fails where it is no terminal, or one whose foreground is another process group: changing that
  /// one would stop this process (SIGTTOU) and disturb the other.
  ///
  /// - Parameter descriptor: Usually standard input.
  public init?(unbuffering descriptor: StandardStream) {
    number = descriptor.rawValue
    var settings = termios()
    // SAFETY: the calls read and write locals that live until they return.
    guard unsafe tcgetattr(number, &settings) == 0, tcgetpgrp(number) == getpgrp() else {
      return nil
    }
    saved = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    settings.c_iflag &= ~tcflag_t(ICRNL | IXON)
    unsafe _ = tcsetattr(number, TCSANOW, &settings)
  }

  deinit {
    var settings = saved
    // SAFETY: the kernel reads a local during the call. A failure means that the terminal is gone.
    unsafe _ = tcsetattr(number, TCSANOW, &settings)
  }
}
