internal import LinuxHost
internal import Synchronization

/// Does the parts of some work side by side, the first on the calling thread.
///
/// A thread for each part, started and joined here: the parts of a search take milliseconds, and a
/// thread takes a few dozen microseconds. Nothing outlives the call, and there is no pool whose size
/// another search decides.
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

/// Changes the elements of an array side by side, each once and by one thread.
///
/// - Parameters:
///   - elements: What to change; elements may be moved, never copied.
///   - threads: How many threads, at least 1.
///   - change: Changes one of them; its number comes first.
/// - Throws: ``SearchError`` where the host has no more threads; nothing of the array can be used then.
@inlinable
func changeInParallel<Element: Sendable>(
  _ elements: inout ContiguousArray<Element>, threads: Int,
  _ change: @escaping @Sendable (Int, inout Element) -> Void
) throws(SearchError) {
  guard threads > 1 else {
    for index in elements.indices { change(index, &elements[index]) }
    return
  }
  let cells = elements.map { Cell($0) }
  elements.removeAll(keepingCapacity: true)
  let shares = Shares(cells.count)
  _ = try inParallel(threads) { _ in
    while let number = shares.next() {
      var element = cells[number].take()
      change(number, &element)
      cells[number].put(element)
    }
  }
  for cell in cells { elements.append(cell.take()) }
}

/// Work in numbered pieces, which threads take as they get done, in order.
@usableFromInline
final class Shares: Sendable {
  private let taken = Atomic<Int>(0)
  private let count: Int

  @usableFromInline
  init(_ count: Int) { self.count = count }

  /// The next piece, nil if there is none.
  ///
  /// *Guarantee:* when a piece has been taken, so have all before it.
  @usableFromInline
  func next() -> Int? {
    let number = taken.add(1, ordering: .relaxed).oldValue
    return number < count ? number : nil
  }

  /// Leaves what has not been taken.
  @usableFromInline
  func close() { taken.store(count, ordering: .relaxed) }
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
@usableFromInline
final class Cell<Value: Sendable>: Sendable {
  private let value: Mutex<Value?>

  @usableFromInline
  init(_ value: Value? = nil) { self.value = Mutex(value) }

  @usableFromInline
  func put(_ new: Value) {
    value.withLock { $0 = new }
  }

  /// What was put there last, and has not been taken.
  @usableFromInline
  func take() -> Value {
    value.withLock { value in
      guard let made = value.take() else { preconditionFailure("a thread left nothing") }
      return made
    }
  }
}
