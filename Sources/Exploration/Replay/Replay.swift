/// One schedule, gone through step by step.
public struct Replay: Hashable, Sendable {
  /// What a step did, and the state after it.
  public struct Row: Hashable, Sendable {
    /// The action's word; `start` for the state before all.
    public var action: String
    /// Which side did it; none, for the start.
    public var actor: Actor?
    /// Nanoseconds since the start.
    public var time: UInt64
    /// The state after it.
    public var readout: Readout
  }

  /// How it ended.
  public enum Verdict: Hashable, Sendable {
    /// Every step could be taken, and nothing was broken.
    case held
    /// The last row broke a property.
    case violated(String)
    /// The action, the next one after the last row, cannot happen there.
    case impossible(String)
  }

  /// The steps that were taken, the start first.
  public private(set) var rows: [Row]
  /// How it ended.
  public private(set) var verdict = Verdict.held

  /// Carries out actions until one cannot happen, or breaks a property.
  ///
  /// - Parameters:
  ///   - words: The actions' words.
  ///   - start: The world.
  ///   - property: The one property to look at, or nil for all.
  /// - Throws: ``ReplayError`` for a word that no action has.
  @usableFromInline
  init<Explored: World>(
    _ words: [String], in start: Explored, for property: String? = nil
  ) throws(ReplayError) {
    let target = property.flatMap(Explored.Property.init(rawValue:))
    var world = start
    rows = [Row(action: "start", actor: nil, time: 0, readout: world.readout)]
    if let property = world.fault(in: target) {
      verdict = .violated(property.rawValue)
      return
    }
    for word in words {
      guard let action = Explored.alphabet.first(where: { $0.description == word }) else {
        throw ReplayError(word: word)
      }
      let time = rows[rows.count - 1].time + world.duration(of: action)
      let step = world.perform(action)
      guard !step.isImpossible else {
        verdict = .impossible(word)
        return
      }
      rows.append(
        Row(
          action: word, actor: Explored.actor(of: action), time: time, readout: world.readout))
      if case .violated(let property) = step, target ?? property == property {
        verdict = .violated(property.rawValue)
      } else if let property = world.fault(in: target) {
        verdict = .violated(property.rawValue)
      }
      if verdict != .held { return }
    }
  }
}

/// A word in a schedule that no action of the world has.
public struct ReplayError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The word.
  public var word: String

  /// A sentence for a person.
  public var description: String { "unknown action '\(word)'" }
}
