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

  /// Whether a piece is of this share, by its number from 0.
  public func has(_ piece: Int) -> Bool { piece % count == index }

  /// The pieces of this share, in their order.
  ///
  /// - Parameters:
  ///   - pieces: Pieces whose numbers follow one another.
  ///   - first: The number of the first of them, from 0.
  /// - Returns: Those that the share ``has(_:)``.
  public func share<Piece>(of pieces: [Piece], from first: Int = 0) -> [Piece] {
    pieces.enumerated().filter { has(first + $0.offset) }.map(\.element)
  }

  /// All pieces in their order, from those of each share, in the order of the shares.
  public static func joined<Piece>(_ shares: [[Piece]]) -> [Piece] {
    (0..<(shares.map(\.count).max() ?? 0)).flatMap { row in
      shares.compactMap { row < $0.count ? $0[row] : nil }
    }
  }

  /// `I/N`.
  public var description: String { "\(index + 1)/\(count)" }
}
