internal import LinuxHost
internal import Synchronization

/// Does the parts of some work side by side, the first on the calling thread.
///
/// A thread for each part, started and joined here: the parts of a search take milliseconds, and a
/// thread takes a few dozen microseconds. Nothing outlives the call, and there is no pool whose size
/// somebody else decides.
///
/// - Parameters:
///   - count: How many parts, at least 1.
///   - part: Does one of them, by its number.
/// - Returns: What the parts returned, in the order of their numbers.
/// - Throws: ``SearchError`` where the host has no more threads; those that run are joined first.
@usableFromInline
func inParallel<Result: Sendable>(
  _ count: Int, _ part: @escaping @Sendable (Int) -> Result
) throws(SearchError) -> [Result] {
  let cells = (1..<max(1, count)).map { _ in Cell<Result>() }
  var results: [Result] = []
  try withThreads(cells.indices.reversed(), { number in cells[number].put(part(number + 1)) }) {
    results.append(part(0))
  }
  for cell in cells { results.append(cell.take()) }
  return results
}

/// Starts the threads one inside the other, so that each is joined whatever happens.
private func withThreads(
  _ numbers: some BidirectionalCollection<Int>, _ body: @escaping @Sendable (Int) -> Void,
  _ meanwhile: () -> Void
) throws(SearchError) {
  guard let number = numbers.last else { return meanwhile() }
  let thread: HostThread
  do { thread = try HostThread(named: "search-\(number)") { body(number) } } catch {
    throw SearchError(description: error.description)
  }
  let result = Swift.Result { () throws(SearchError) in
    try withThreads(numbers.dropLast(), body, meanwhile)
  }
  thread.join()
  try result.get()
}

/// Where a thread leaves what it made.
private final class Cell<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)

  func put(_ new: Value) {
    value.withLock { $0 = new }
  }

  /// What was put there; the thread that did has been joined.
  func take() -> Value {
    value.withLock { value in
      guard let made = value.take() else { preconditionFailure("a thread left nothing") }
      return made
    }
  }
}
