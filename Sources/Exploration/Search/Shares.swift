internal import Synchronization

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
