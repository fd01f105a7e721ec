internal import CLinuxHost
internal import Glibc

/// A thread of the host, joined exactly once.
public struct HostThread: ~Copyable, Sendable {
  private let identity: pthread_t

  /// Starts a thread.
  ///
  /// - Parameters:
  ///   - name: What `top -H` and `gdb` show; at most 15 bytes.
  ///   - elsewhere: Whether it stays away from the caller's processor, if there are others: for a thread of short life
  ///     whose caller has something else to do. A kernel may begin a thread where its caller runs, however idle
  ///     others are.
  ///   - body: What it does; the thread ends when this returns.
  /// - Throws: ``SystemError`` naming `pthread_create`.
  public init(
    named name: String, elsewhere: Bool = false, body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    precondition(name.utf8.count <= 15, "Linux keeps 15 bytes of a thread's name")
    var created = pthread_t()
    let box = unsafe Unmanaged.passRetained(Body(name: name, run: body))
    // SAFETY: the box is retained once here and released once, by the thread, or below if there is
    // no thread.
    //
    // A thread begins with its creator's mask. What is sent to the process is the first thread's to
    // answer (ProcessSignals), and a kick must always get a thread out of the kernel.
    var mask = chost_signals_of_threads(KickSignal.number)
    var creators = sigset_t()
    unsafe pthread_sigmask(SIG_SETMASK, &mask, &creators)
    let result = unsafe chost_create_thread(elsewhere, &created, runThread, box.toOpaque())
    unsafe pthread_sigmask(SIG_SETMASK, &creators, nil)
    guard result == 0 else {
      unsafe box.release()
      throw SystemError(
        call: "pthread_create", on: name, errno: Errno(rawValue: -result),
        advice: "raise the limit on processes (ulimit -u) or on memory (ulimit -v)")
    }
    identity = created
  }

  /// Waits for the thread to end.
  public consuming func join() {
    let result = pthread_join(identity, nil)
    precondition(result == 0, "pthread_join: \(Errno(rawValue: result).message)")
  }

  /// Interrupts the thread's system call, or the next one that waits for ``KickSignal``.
  ///
  /// Allowed until the thread is joined, after its end, too.
  public borrowing func interrupt() {
    let result = pthread_kill(identity, KickSignal.number)
    precondition(result == 0 || result == ESRCH, "pthread_kill: \(Errno(rawValue: result).message)")
  }

  /// Whether this is the calling thread.
  public var isCurrent: Bool { pthread_equal(identity, pthread_self()) != 0 }

  /// The processor time that the thread has used, in nanoseconds.
  ///
  /// For a vCPU thread it includes the guest's.
  public borrowing func processorTime() -> UInt64 {
    var clock = clockid_t()
    // SAFETY: the call writes a local. It fails only once the thread has ended.
    guard unsafe pthread_getcpuclockid(identity, &clock) == 0 else { return 0 }
    return MonotonicClock.read(clock)
  }

  /// Keeps the calling thread on one of the host's processors, from 0.
  ///
  /// - Returns: Whether the host let it.
  @discardableResult
  public static func pinCurrent(to processor: Int) -> Bool {
    (0..<1024).contains(processor) && chost_pin_thread(Int32(processor)) == 0
  }

  /// Lets another thread go first that waits for the calling one's processor.
  public static func yieldCurrent() { sched_yield() }

  /// Has threads that are started from now on share the heap that there is, for good.
  ///
  /// For threads that allocate next to nothing. *Why:* a separate heap is four system calls at the start of a
  /// thread, and memory that no other thread can use.
  public static func shareHeap() { chost_share_heap() }

  fileprivate final class Body: Sendable {
    let name: String
    let run: @Sendable () -> Void

    fileprivate init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }

    func start() {
      // SAFETY: the C library copies the name.
      unsafe chost_name_thread(name)
      run()
    }
  }

}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { preconditionFailure("a thread without a body") }
  // SAFETY: the pointer is the box that the thread's creator retained for it alone.
  unsafe Unmanaged<HostThread.Body>.fromOpaque(argument).takeRetainedValue().start()
  return nil
}
