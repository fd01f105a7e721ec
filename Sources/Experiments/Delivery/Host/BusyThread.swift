internal import LinuxHost
internal import Synchronization

/// A thread that does nothing but keep one of the host's processors busy.
final class BusyThread {
  private let isOver = Flag()
  private var thread: HostThread?

  init(on processor: Int) throws(SystemError) {
    thread = try HostThread(named: "load") { [isOver] in
      HostThread.pinCurrent(to: processor)
      while !isOver.value.load(ordering: .relaxed) {}
    }
  }

  /// Ends it.
  ///
  /// - Returns: The processor time it took, in nanoseconds.
  func end() -> UInt64 {
    let time = thread?.processorTime() ?? 0
    isOver.value.store(true, ordering: .relaxed)
    thread.take()?.join()
    return time
  }

  private final class Flag: Sendable { let value = Atomic<Bool>(false) }
}
