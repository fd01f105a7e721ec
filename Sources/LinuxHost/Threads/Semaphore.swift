internal import Glibc

/// A count that threads add to and wait for: `sem_post(3)` and `sem_wait(3)`.
@safe public struct Semaphore: ~Copyable, @unchecked Sendable {
  // @unchecked: the C library's operations may be called by any threads at once.
  private let semaphore: UnsafeMutablePointer<sem_t>

  /// Creates a count of 0.
  public init() {
    unsafe semaphore = .allocate(capacity: 1)
    // SAFETY: it was just allocated, and keeps its address until deinit.
    unsafe sem_init(semaphore, 0, 0)
  }

  deinit {
    // SAFETY: initialised above; no thread waits, or this value would still be borrowed.
    unsafe sem_destroy(semaphore)
    unsafe semaphore.deallocate()
  }

  /// Adds 1; a thread that waits for it continues.
  public func signal() {
    // SAFETY: initialised, and borrowed. It fails at 2^31 - 1 alone.
    let result = unsafe sem_post(semaphore)
    precondition(result == 0, "sem_post: \(Errno.last.message)")
  }

  /// Takes 1, as soon as there is one.
  public func wait() {
    // SAFETY: as above. A signal's handler may interrupt it.
    while unsafe sem_wait(semaphore) != 0 {}
  }

  /// Takes 1 if there is one.
  ///
  /// - Returns: Whether there was.
  public func take() -> Bool {
    // SAFETY: as above.
    unsafe sem_trywait(semaphore) == 0
  }
}
