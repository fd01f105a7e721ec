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
