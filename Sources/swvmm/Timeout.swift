/// A `--timeout` in nanoseconds.
///
/// - Parameters:
///   - seconds: As it was given.
///   - option: What the option is called.
/// - Returns: Nanoseconds.
/// - Throws: ``Failure`` unless it is more than 0 and at most 10^6.
func nanoseconds(
  ofTimeout seconds: Double, option: String = "--timeout"
) throws(Failure) -> UInt64 {
  guard seconds > 0 && seconds <= 1e6 else {
    throw Failure(.usage, "\(option) \(seconds): more than 0, at most 1000000 seconds")
  }
  return UInt64(seconds * 1e9)
}
