internal import LinuxHost
internal import Synchronization

/// Threads that share work after work with the one that calls.
///
/// *Why they stay:* the works of a search take milliseconds or less, and a thread takes a few dozen microseconds
/// to start, at first on its creator's processor. There is no pool whose size something else decides: a team is
/// of one search.
@usableFromInline
final class Team: Sendable {
  /// How many threads there are besides the one that calls.
  private let members: Int
  /// What is to be done; at nil a member leaves.
  private let work = Mutex<(@Sendable () -> Void)?>(nil)
  /// Counts the invitations to the work that no member has taken up yet.
  private let invitations = Semaphore()
  /// Counts the members that have done all they could.
  private let done = Semaphore()

  private init(members: Int) { self.members = members }

  /// Lends `body` a team, which is gone when this returns or throws.
  ///
  /// - Parameters:
  ///   - count: How many threads, the calling one among them, at least 1.
  ///   - body: What there is to do with it.
  /// - Returns: What `body` returns.
  /// - Throws: ``SearchError`` where the host has no more threads.
  @usableFromInline
  static func with<Result>(
    _ count: Int, _ body: (Team) -> Result
  ) throws(SearchError) -> Result {
    let team = Team(members: count - 1)
    return try team.withMembers(count - 1) { body(team) }
  }

  /// Starts the threads one inside the other, so that each is joined whatever happens.
  private func withMembers<Result>(
    _ count: Int, _ body: () -> Result
  ) throws(SearchError) -> Result {
    guard count > 0 else { return body() }
    let thread: HostThread
    do { thread = try HostThread(named: "search-\(count)") { self.serve() } } catch {
      throw SearchError(description: error.description)
    }
    let result = Swift.Result { () throws(SearchError) in try withMembers(count - 1, body) }
    // All of them: an invitation goes to any.
    for _ in 0..<members { invitations.signal() }
    thread.join()
    return try result.get()
  }

  /// Does some work on all threads, and returns when there is none that does it.
  ///
  /// An invitation that no member has taken up when the caller is through is taken back: work that is little is not
  /// waited for longer than it takes.
  ///
  /// - Parameter work: Takes pieces until there are none.
  @usableFromInline
  func share(_ work: @escaping @Sendable () -> Void) {
    self.work.withLock { $0 = work }
    for _ in 0..<members { invitations.signal() }
    work()
    var missing = members
    while missing > 0, invitations.take() { missing -= 1 }
    for _ in 0..<missing { claim(done) }
    self.work.withLock { $0 = nil }
  }

  /// Takes 1, and looks for some time before it sleeps: to be woken takes longer than most of what is waited for.
  private func claim(_ semaphore: borrowing Semaphore) {
    for _ in 0..<2000 {
      if semaphore.take() { return }
      SpinWait.hint()
    }
    semaphore.wait()
  }

  private func serve() {
    while takePart() { done.signal() }
  }

  /// Takes part in the next work.
  ///
  /// *Why apart:* it keeps nothing of the work when it returns, whose values are changed in place then.
  ///
  /// - Returns: Whether there was one.
  @inline(never)
  private func takePart() -> Bool {
    claim(invitations)
    guard let work = work.withLock({ $0 }) else { return false }
    work()
    return true
  }
}

/// Changes the elements of an array side by side, each once and by one thread.
///
/// - Parameters:
///   - elements: What to change; elements may be moved, never copied.
///   - team: The threads; nil for the calling one alone.
///   - change: Changes one of them; its number comes first.
@inlinable
func changeInParallel<Element: Sendable>(
  _ elements: inout ContiguousArray<Element>, by team: Team?,
  _ change: @escaping @Sendable (Int, inout Element) -> Void
) {
  guard let team else {
    for index in elements.indices { change(index, &elements[index]) }
    return
  }
  let cells = elements.map { Cell($0) }
  elements.removeAll(keepingCapacity: true)
  let shares = Shares(cells.count)
  team.share {
    while let number = shares.next() {
      var element = cells[number].take()
      change(number, &element)
      cells[number].put(element)
    }
  }
  for cell in cells { elements.append(cell.take()) }
}
