public import CLinuxHost

/// A value behind an adaptive lock: one thread at a time reaches it.
///
/// A thread that comes when it is free has it; one that waits looks for some hundred nanoseconds, and then sleeps.
///
/// *Why not `Synchronization.Mutex`:* on Linux that is handed to the thread that has waited longest
/// (`FUTEX_LOCK_PI`), and no thread gets on until that one has been woken and runs. With more vCPUs than
/// processors, one that is preempted with the lock makes all others queue; they come back before the queue
/// is empty, and from then on every access takes as long as the wake-ups of all that wait.
///
/// *Why not `pthread_mutex_t`:* it asks at each lock and unlock which of its kinds it is, which takes as long as
/// many a device's whole work, and its code is called where this is put in place.
@safe public struct Lock<Value: Sendable>: ~Copyable, @unchecked Sendable {
  /// The value behind its lock, in one piece: who has the one needs the other next.
  @usableFromInline struct Storage {
    @usableFromInline var word: UInt32 = 0
    @usableFromInline var value: Value
  }

  // @unchecked: the value is touched with the lock held alone.
  @usableFromInline let storage: UnsafeMutablePointer<Storage>

  /// Puts a value behind a lock.
  public init(_ value: consuming Value) {
    unsafe storage = .allocate(capacity: 1)
    unsafe storage.initialize(to: Storage(value: value))
  }

  deinit {
    // SAFETY: it was initialised above; no thread waits, or this value would still be borrowed.
    unsafe storage.deinitialize(count: 1)
    unsafe storage.deallocate()
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
    // SAFETY: the storage lives as long as this value, which is borrowed. Of its two fields other threads touch
    // the word alone, and that by atomic operations, while this one has the lock.
    unsafe chost_lock(&storage.pointee.word)
    defer { unsafe chost_unlock(&storage.pointee.word) }
    return try unsafe body(&storage.pointee.value)
  }
}
