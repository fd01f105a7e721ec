/// One planned deadline and the instants at which its interrupt passed the stages of the chain.
///
/// All instants are nanoseconds of one clock. A stage that the route does not have, or whose stamp
/// was dropped, is nil.
public struct InterruptRecord: Hashable, Sendable {
  /// The planned deadline, in nanoseconds.
  public let planned: UInt64
  // Lane n is the stage with raw value n; `absent` where there is none. One vector instead of an
  // array: a campaign of millions of deadlines allocates nothing for each.
  private var instants = SIMD8<UInt64>(repeating: Self.absent)

  /// No clock reads this: it is 584 years after the origin.
  private static let absent = UInt64.max

  /// A deadline of which nothing is known yet.
  public init(planned: UInt64) {
    self.planned = planned
  }

  /// The instant at which the stage was passed, in nanoseconds.
  public subscript(stage: Stage) -> UInt64? {
    get {
      let instant = instants[Int(stage.rawValue)]
      return instant == Self.absent ? nil : instant
    }
    set { instants[Int(stage.rawValue)] = newValue ?? Self.absent }
  }

  /// A piece of the chain: the time that ended with a stage.
  public struct Piece: Hashable, Sendable {
    /// The stage that ended the piece.
    public let stage: Stage
    /// Where it began, in nanoseconds after the planned deadline.
    public let start: Int64
    /// How long it took, in nanoseconds; never negative.
    public let duration: Int64
    /// Whether the stamp was out of order, and the piece cut to what it may be.
    public let isClipped: Bool
  }

  /// The chain from the planned deadline on, cut into pieces that follow one another without a gap.
  ///
  /// *Guarantee:* where the handler ran at or after the planned deadline, the pieces up to
  /// ``Stage/handler`` add up to the latency exactly. To that end a stamp before the handler's is
  /// moved into the span that the stages before it and the handler leave it: an injection call may
  /// well return after the handler began on another core, and took its share only up to there. What
  /// follows the handler is taken in the order in which it happened: a line can be low before or
  /// after the end of interrupt.
  public var pieces: [Piece] {
    var pieces: [Piece] = []
    var previous: Int64 = 0
    let handler = self[.handler].map { signedDifference($0, planned) }
    for (stage, instant) in chain {
      let stamped = signedDifference(instant, planned)
      var end = stamped
      if let handler, stage < .handler { end = min(end, handler) }
      end = max(end, previous)
      pieces.append(
        Piece(stage: stage, start: previous, duration: end - previous, isClipped: end != stamped))
      previous = end
    }
    return pieces
  }

  /// The stages that were stamped: to the handler in the order of the chain, then in that of time.
  private var chain: [(stage: Stage, instant: UInt64)] {
    let stamped = Stage.allCases.compactMap { stage in
      self[stage].map { (stage: stage, instant: $0) }
    }
    return stamped.filter { $0.stage <= .handler }
      + stamped.filter { $0.stage > .handler }
      .sorted { ($0.instant, $0.stage) < ($1.instant, $1.stage) }
  }
}

extension [InterruptRecord.Piece] {
  /// Whether anything was stamped on the way to the handler; else that is one piece.
  var haveStages: Bool { first?.stage != .handler }
}

/// `left - right`, or the nearest `Int64` to it.
func signedDifference(_ left: UInt64, _ right: UInt64) -> Int64 {
  left >= right ? Int64(clamping: left - right) : -Int64(clamping: right - left)
}
