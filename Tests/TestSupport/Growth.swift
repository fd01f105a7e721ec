import Glibc

/// How many times as much work takes when there is more of it, by this thread's processor time, which other
/// load does not change much: the least of three tries.
///
/// - Parameters:
///   - count: How much work there is at first.
///   - factor: How many times as much there is then.
///   - work: Does that much.
/// - Returns: About `factor` where time grows as the work, and its square where it is compared each with each.
/// - Throws: What the work throws.
public func growth(
  from count: Int, by factor: Int, _ work: (Int) throws -> Void
) rethrows -> Double {
  func least(_ count: Int) throws -> Double {
    var least = Double.infinity
    for _ in 0..<3 {
      let start = clock()
      try work(count)
      least = min(least, clock() - start)
    }
    return least
  }
  func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
  return try least(factor * count) / least(count)
}
