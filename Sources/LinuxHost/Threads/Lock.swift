public import Glibc

/// A value behind an adaptive lock: one thread at a time reaches it.
///
/// A thread that comes when it is free has it; one that waits looks again for some hundred nanoseconds, and then sleeps.
///
/// *Why not `Synchronization.Mutex`:* on Linux that is handed to the thread that has waited longest
/// (`FUTEX_LOCK_PI`), and no thread gets on until that one has been woken and runs. With more vCPUs than
/// processors, one that is preempted with the lock makes all others queue; they come back before the queue
/// is empty, and from then on every access takes as long as the wake-ups of all that wait.
@safe public struct Lock<Value: Sendable>: ~Copyable, @unchecked Sendable {
  // @unchecked: the value is touched with the mutex held alone.
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  @usableFromInline let value: UnsafeMutablePointer<Value>

  /// Puts a value behind a lock.
  public init(_ value: consuming Value) {
    unsafe mutex = .allocate(capacity: 1)
    var attributes = pthread_mutexattr_t()
    // SAFETY: a local, and a mutex that was just allocated and keeps its address until deinit.
    unsafe pthread_mutexattr_init(&attributes)
    unsafe pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_ADAPTIVE_NP))
    unsafe pthread_mutex_init(mutex, &attributes)
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
  }

  deinit {
    // SAFETY: both were initialised above; no thread waits, or this value would still be borrowed.
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
  }

  /// Lends the value to `body`, and to no other thread meanwhile.
  ///
  /// *Assumes:* `body` does not take this lock again.
  ///
  /// - Parameter body: What to do with it.
  /// - Returns: What `body` returns.
  /// - Throws: What `body` throws.
  @inlinable
  public func withLock<Result: Sendable, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // SAFETY: the mutex lives as long as this value, which is borrowed.
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    // SAFETY: initialised, and this thread's alone while the mutex is held.
    return try unsafe body(&value.pointee)
  }
}
