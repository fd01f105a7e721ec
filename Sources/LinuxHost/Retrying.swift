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
///   - call: The call.
/// - Returns: Its result: -1 for an error other than `EINTR` and `EAGAIN`.
func retrying<Result: FixedWidthInteger & SignedInteger>(
  until descriptor: Int32, isReadyFor events: Int32, _ call: () -> Result
) -> Result {
  while true {
    let result = retrying(call)
    guard result == -1 && errno == EAGAIN else { return result }
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    // SAFETY: the kernel reads and writes one entry, a local that lives until the call returns.
    unsafe _ = poll(&entry, 1, -1)
  }
}
