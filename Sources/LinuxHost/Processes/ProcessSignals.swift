internal import CLinuxHost

/// The signals that are sent to this process: one owner, from the beginning of the program to its end.
///
/// SIGINT, SIGTERM, SIGHUP and SIGQUIT end the program. As long as nothing would be lost they do so
/// themselves, at once. After ``answerEndings()`` the first one is left to the program, which stops what
/// it does, reports what it has so far, and ends with 128 and the signal's number; a second one ends it
/// at once, and so does a call that blocks it for most of a second. SIGUSR1 is kept until it is taken,
/// and comes only in a wait that admits it (``Poller``), so that it interrupts no other call.
///
/// A handler can do no more than note a signal and raise an ``EventDescriptor``; so a thread that waits waits
/// for that, too.
///
/// The target CStart takes them over, before anything else runs, but for those that the process ignores,
/// as `nohup` arranges. In a program without it none is ever noted.
public enum ProcessSignals {
  /// From now on the first ending signal is left to those who look at ``ending``.
  public static func answerEndings() { chost_answer_ending_signals() }

  /// The ending signal that came first, or nil if none has come.
  public static var ending: Int32? {
    let signal = chost_ending_signal()
    return signal == 0 ? nil : signal
  }

  /// Whether SIGUSR1 came since it was last taken.
  public static var hasUserSignal: Bool { chost_user_signal(false) }

  /// Takes SIGUSR1; several that came are one.
  ///
  /// - Returns: Whether it came since the last time.
  public static func takeUserSignal() -> Bool { chost_user_signal(true) }

  /// Has each signal that comes from now on raise an event, in place of the one before; nil: none.
  ///
  /// Assumes: the event lives until another, or none, is in its place.
  public static func announce(by event: borrowing EventDescriptor) {
    chost_announce_signals(event.descriptor.number)
  }

  /// Has no signal raise an event any more.
  public static func stopAnnouncing() { chost_announce_signals(-1) }

  /// Ends the program at once, with the terminal as it was; any thread may.
  ///
  /// - Parameter status: The exit status.
  public static func end(status: Int32) -> Never { chost_end(status) }

  /// Ends the program with a status once the calling thread is blocked: from some time on, if it did
  /// nothing for more than half a second.
  ///
  /// For the end of a program, whose results may go to a reader that does not read.
  ///
  /// - Parameters:
  ///   - time: In nanoseconds of ``MonotonicClock``.
  ///   - status: The exit status.
  public static func endIfBlocked(from time: UInt64, status: Int32) {
    let now = MonotonicClock.now()
    chost_end_if_blocked(time > now ? time - now : 0, status)
  }
}
