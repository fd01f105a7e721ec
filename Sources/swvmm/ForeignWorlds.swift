import Exploration
import ForeignDevice
import TimerWorlds

/// The worlds in which a foreign device can take a model's place.
struct ForeignWorlds {
  let adapter: Adapter

  /// The settings that a device of its kind can be searched in.
  var settings: [CountCompareSetting] {
    adapter.identity.kinds.contains(.countCompare) ? Self.searchable : []
  }

  /// All but the timer that hardware takes over, which no adapter can give away.
  private static let searchable = CountCompareSetting.allCases.filter { $0 != .hardware }

  /// A model's world with the device in the model's place.
  ///
  /// - Throws: ``Failure`` where there is none.
  func world(of model: NamedWorld) throws -> AnyWorld {
    guard let setting = Self.searchable.first(where: { $0.rawValue == model.name }) else {
      throw Failure(.usage, "--device: \(model.name) cannot have a device in its place")
    }
    return try asking {
      let timer = try ForeignCountCompareTimer(adapter)
      return setting.world(of: PlainCountCompareHost<ForeignCountCompareTimer>.self, with: timer)
    }
  }

  /// Ends the command if the adapter has failed: what it answered since means nothing.
  func check() throws {
    try asking { if let failure = adapter.failure { throw failure } }
  }
}
