/// One schedule, gone through step by step.
public struct Replay: Hashable, Sendable {
  /// What a step did, and the state after it.
  public struct Row: Hashable, Sendable {
    /// The action's word; `start` for the state before all.
    public var action: String
    /// Who did it; nobody, for the start.
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
      guard step != .impossible else {
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
  public var description: String { "nothing that can happen there is called '\(word)'" }
}

/// A schedule as one word that a shell leaves alone: `MODEL:ACTION,ACTION` or
/// `MODEL/EXHIBIT:ACTION,ACTION`.
public struct ReplayString: Hashable, Sendable, CustomStringConvertible {
  /// The model's name.
  public var model: String
  /// The exhibit whose timer is to be replayed beside the right one.
  public var exhibit: String?
  /// The actions' words.
  public var schedule: [String]

  /// Creates a string from its parts.
  public init(model: String, exhibit: String? = nil, schedule: [String]) {
    self.model = model
    self.exhibit = exhibit
    self.schedule = schedule
  }

  /// Reads a string; nil where it has not the form of one.
  public init?(_ text: String) {
    let halves = text.split(separator: ":", omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let names = halves[0].split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(names.count), names.allSatisfy({ !$0.isEmpty }) else { return nil }
    model = String(names[0])
    exhibit = names.count == 2 ? String(names[1]) : nil
    let words = halves[1].split(separator: ",", omittingEmptySubsequences: false)
    guard words.allSatisfy({ !$0.isEmpty }) || halves[1].isEmpty else { return nil }
    schedule = halves[1].isEmpty ? [] : words.map(String.init)
  }

  /// The string.
  public var description: String {
    model + (exhibit.map { "/" + $0 } ?? "") + ":" + schedule.joined(separator: ",")
  }
}
