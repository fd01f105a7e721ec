internal import CLinuxHost
internal import Glibc

/// Makes a call of the C library again while a signal interrupts it.
func retrying<Result: FixedWidthInteger & SignedInteger>(_ call: () -> Result) -> Result {
  var result: Result
  repeat { result = call() } while result == -1 && errno == EINTR
  return result
}

/// Makes a call of the C library again while a signal interrupts it, or the descriptor is not ready, for
/// which it waits.
///
/// - Parameters:
///   - descriptor: What the call reads or writes.
///   - events: `POLLIN` or `POLLOUT`.
///   - deadline: Nanoseconds of ``MonotonicClock``; nil waits for ever.
///   - call: The call.
/// - Returns: Its result: -1 for an error other than `EINTR`, and `EAGAIN` only after the deadline.
func retrying<Result: FixedWidthInteger & SignedInteger>(
  until descriptor: Int32, isReadyFor events: Int32, before deadline: UInt64? = nil,
  _ call: () -> Result
) -> Result {
  while true {
    let result = retrying(call)
    guard result == -1 && errno == EAGAIN else { return result }
    var milliseconds: Int32 = -1
    if let deadline {
      let now = MonotonicClock.now()
      guard now < deadline else {
        errno = EAGAIN
        return result
      }
      // Rounded up, or the last millisecond would be spun through.
      milliseconds = Int32(clamping: (deadline - now + 999_999) / 1_000_000)
    }
    _ = chost_await(descriptor, Int16(events), milliseconds)
  }
}
