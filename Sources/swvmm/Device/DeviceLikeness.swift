import BugMuseum
import Exploration

/// Which historic bugs of a model a device is like.
///
/// *How:* a bug breaks some of the schedules that show the model's bugs, its own among them, and so does the device.
/// The fewer of them break one of the two alone, the nearer they are. A bug that loses whenever another one does is
/// not taken for that other one.
struct DeviceLikeness {
  /// By how many schedules each bug differs whose own schedule breaks the device.
  private let distances: [String: Int]

  /// How many bugs are named at most.
  private static let namesMax = 3

  /// Compares a device with each bug of a model.
  ///
  /// - Parameters:
  ///   - device: The model's world with the device in it.
  ///   - model: The model.
  ///   - check: Throws where the device has failed.
  /// - Throws: What `check` throws.
  init(of device: AnyWorld, on model: NamedWorld, check: () throws -> Void) throws {
    let exhibits = Museum.exhibits.filter { $0.model.name == model.name }
    let broken = try Self.broken(device, by: exhibits)
    try check()
    var distances: [String: Int] = [:]
    for exhibit in exhibits where broken.contains(exhibit.id) {
      distances[exhibit.id] = try Self.broken(exhibit.world, by: exhibits)
        .symmetricDifference(broken).count
    }
    self.distances = distances
  }

  /// The bugs whose schedules break a world.
  private static func broken(_ world: AnyWorld, by exhibits: [Exhibit]) throws -> Set<String> {
    var ids: Set<String> = []
    for exhibit in exhibits {
      let verdict = try world.replay(exhibit.schedule, for: exhibit.property).verdict
      if verdict == .violated(exhibit.property) { ids.insert(exhibit.id) }
    }
    return ids
  }

  /// What it means that a bug's schedule breaks the device, as a clause.
  func words(for exhibit: Exhibit) -> String {
    let least = distances.values.min()
    let nearest = distances.filter { $0.value == least }.keys.sorted()
    guard !nearest.contains(exhibit.id) else {
      return "this looks like \(exhibit.id) (\(exhibit.origin))"
    }
    let names = nearest.prefix(Self.namesMax).joined(separator: " or ")
    return "its schedule breaks the device, too, which is more like \(names)"
  }
}
