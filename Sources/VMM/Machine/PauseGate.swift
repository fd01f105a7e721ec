internal import Synchronization

/// The agreement between who wants all threads to park and those who do.
///
/// Pauses are numbered. Each thread acknowledges each pause once, and parks until *that* pause is over;
/// so an acknowledgement says nothing about a later pause, and a thread that has seen the end of one but
/// has not left yet does not count for the next.
///
/// States: open -> wanted -> open. Any thread may want a pause; the thread that finds that all have
/// acknowledged it alone ends it.
struct PauseGate: ~Copyable, Sendable {
  /// Odd while a pause is wanted, which then has this number.
  private let number = Atomic<UInt64>(0)
  /// How many threads have acknowledged the pause in hand.
  private let acknowledgements = Atomic<Int>(0)

  /// Whether a pause is wanted.
  var isWanted: Bool { Self.isWanted(number.load(ordering: .sequentiallyConsistent)) }

  private static func isWanted(_ number: UInt64) -> Bool { number & 1 == 1 }

  /// Wants a pause; one that is wanted already will do.
  func request() {
    let current = number.load(ordering: .sequentiallyConsistent)
    guard !Self.isWanted(current) else { return }
    // Where this fails another thread has wanted a pause meanwhile: one that began after this call did.
    _ = number.compareExchange(
      expected: current, desired: current + 1, ordering: .sequentiallyConsistent)
  }

  /// The calling thread has stopped for the pause that is wanted.
  ///
  /// Assumes: ``isWanted`` was true on this thread, and it has not acknowledged this pause. So the pause
  /// is not over, because this acknowledgement was lacking.
  ///
  /// - Returns: The pause's number.
  func acknowledge() -> UInt64 {
    let pause = number.load(ordering: .sequentiallyConsistent)
    precondition(Self.isWanted(pause), "no pause is wanted")
    acknowledgements.add(1, ordering: .sequentiallyConsistent)
    return pause
  }

  /// Whether a pause has ended, and the threads that acknowledged it may continue.
  func isOver(_ pause: UInt64) -> Bool {
    number.load(ordering: .sequentiallyConsistent) != pause
  }

  /// Whether a pause is wanted and so many threads have acknowledged it.
  func isAcknowledged(byAll threads: Int) -> Bool {
    isWanted && acknowledgements.load(ordering: .sequentiallyConsistent) == threads
  }

  /// Ends the pause.
  ///
  /// Assumes: all threads have acknowledged it; one thread does this.
  ///
  /// *Order:* no thread acknowledges anything between the two stores, because each has acknowledged this
  /// pause, and a later one begins after the second.
  func end() {
    acknowledgements.store(0, ordering: .sequentiallyConsistent)
    number.add(1, ordering: .sequentiallyConsistent)
  }
}
