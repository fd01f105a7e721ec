/// A share of numbered work: every so manyth piece.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// The first piece's number, below ``count``.
  public let index: Int
  /// How many shares there are, at least 1.
  public let count: Int

  /// All of the work.
  public static let whole = Shard(validIndex: 0, count: 1)

  /// Reads `I/N`, I from 1 to N: what job arrays count by; nil where it is something else.
  public init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
      (1...1_000_000).contains(count), (1...count).contains(index)
    else { return nil }
    self.init(validIndex: index - 1, count: count)
  }

  private init(validIndex index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// `I/N`.
  public var description: String { "\(index + 1)/\(count)" }
}
