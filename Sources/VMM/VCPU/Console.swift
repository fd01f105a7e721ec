internal import LinuxHost
internal import Synchronization

/// The guest's output on its way to a stream; all vCPUs share it.
///
/// Bytes are collected in the order in which they were sent, and written together: when there is no room for
/// more, when a vCPU that sent some does something else than use the serial port, and after ``delay``, when
/// ``timer`` has the supervising thread kick the vCPUs. So a guest that prints makes no system call for each byte,
/// and what it printed is seen whatever it does next.
///
/// *Why whole lines:* two guests may share a terminal or a pipe, where a line that one system call writes stays whole.
/// So what a guest that keeps printing has sent of a line waits for the rest of it, once more for ``delay`` at most.
///
/// *Order:* bytes are taken out of the buffer with ``writer`` held, so they reach the stream as they were
/// sent. No vCPU that does not print waits for one that does.
struct Console: ~Copyable, Sendable {
  /// How long a byte waits at most, in nanoseconds; less than a person sees.
  private static let delay: UInt64 = 10_000_000

  private let stream: StandardStream?
  private let buffer: Lock<ConsoleBuffer>
  /// Held while bytes are written.
  private let writer = Lock(())
  /// Expires when bytes have waited long enough.
  let timer: TimerDescriptor
  private let isTimed = Atomic<Bool>(false)
  private let hasWaited = Atomic<Bool>(false)

  /// - Parameters:
  ///   - stream: Where bytes go; nil is nowhere.
  ///   - isFiltered: Whether control characters are shown instead (`TerminalFilter`).
  /// - Throws: ``SystemError`` naming `timerfd_create`.
  init(to stream: StandardStream?, isFiltered: Bool) throws(SystemError) {
    self.stream = stream
    buffer = Lock(ConsoleBuffer(isFiltered: isFiltered))
    timer = try TimerDescriptor()
  }

  /// Takes a byte; where there is no room, after those before it were written.
  ///
  /// - Parameters:
  ///   - byte: The byte.
  ///   - shouldGiveUp: Asked when a signal interrupts writing; true abandons what is left.
  /// - Throws: ``SystemError`` naming `write` and the stream.
  func send(_ byte: UInt8, givingUpIf shouldGiveUp: () -> Bool) throws(SystemError) {
    guard stream != nil else { return }
    while !buffer.withLock({ $0.take(byte) }) {
      try flush(wholeLines: true, givingUpIf: shouldGiveUp)
    }
    startDelay()
  }

  private func startDelay() {
    if !isTimed.exchange(true, ordering: .sequentiallyConsistent) { timer.arm(after: Self.delay) }
  }

  /// Writes what there is.
  ///
  /// - Parameters:
  ///   - wholeLines: Whether what follows whole lines is to wait.
  ///   - shouldGiveUp: As above.
  /// - Throws: ``SystemError`` naming `write` and the stream; what it did not take is lost.
  func flush(wholeLines: Bool, givingUpIf shouldGiveUp: () -> Bool) throws(SystemError) {
    hasWaited.store(false, ordering: .sequentiallyConsistent)
    try writer.withLock { (_: inout ()) throws(SystemError) in
      var (part, isRest) = buffer.withLock { buffer in
        let part = wholeLines ? buffer.takeLines() : buffer.takeAll()
        return (part, !buffer.isEmpty)
      }
      if isRest { startDelay() }
      try part.flush(to: stream, givingUpIf: shouldGiveUp)
    }
  }

  /// Whether bytes have waited long enough: a vCPU that sent some and did not write them yet has to.
  ///
  /// *Why a kick is not enough:* one that comes while the vCPU handles an exit ends nothing, and a guest that looks
  /// for input again and again makes only exits of the serial port.
  var isDue: Bool { hasWaited.load(ordering: .sequentiallyConsistent) }

  /// Whether what was sent so far ends within a line.
  var isMidLine: Bool { buffer.withLock { $0.isMidLine } }

  /// No more bytes come: lets out what the filter held back.
  func end() { buffer.withLock { $0.end() } }

  /// The timer has expired, and the vCPUs are to be kicked.
  ///
  /// *Order:* the next byte arms it again before the kicks, so none waits without one or the other. What a
  /// vCPU finds when it looks for messages (``isDue``) is there before the kicks, too.
  func expire() {
    timer.clear()
    hasWaited.store(true, ordering: .sequentiallyConsistent)
    isTimed.store(false, ordering: .sequentiallyConsistent)
  }
}
