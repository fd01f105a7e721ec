import Exploration
import ForeignDevice
import TimerWorlds

/// The worlds in which a foreign device can take a model's place.
struct ForeignWorlds {
  let adapter: Adapter

  /// The models that devices of its kinds can take the place of.
  var models: [String] {
    let kinds = adapter.identity.kinds
    return (kinds.contains(.countCompare) ? Self.countCompare.map(\.rawValue) : [])
      + (kinds.contains(.genericTimer) ? GenericTimerSetting.allCases.map(\.rawValue) : [])
      + (kinds.contains(.interruptController)
        ? InterruptControllerSetting.allCases.map(\.rawValue) : [])
  }

  /// All but the timer that hardware takes over, which no adapter can give away, and the registers, of which
  /// an adapter need not refuse anything.
  private static let countCompare = CountCompareSetting.allCases.filter {
    $0 != .hardware && $0 != .access
  }

  /// A model's world with the device in the model's place.
  ///
  /// - Throws: ``Failure`` where there is none.
  func world(of model: NamedWorld) throws -> AnyWorld {
    if let setting = InterruptControllerSetting(rawValue: model.name) {
      return try asking {
        setting.world(with: try ForeignInterruptController(searched: adapter))
      }
    }
    if let setting = GenericTimerSetting(rawValue: model.name) {
      return try asking {
        let timer = try ForeignGenericTimer(adapter)
        try adapter.demandSearchable()
        guard adapter.identity.canShift else {
          throw AdapterError(
            command: adapter.command, problem: .unsupported("it cannot be shifted in time"))
        }
        return setting.world(with: timer)
      }
    }
    guard let setting = Self.countCompare.first(where: { $0.rawValue == model.name }) else {
      throw Failure(.usage, "--device: \(model.name) cannot have a device in its place")
    }
    return try asking { setting.world(of: try ForeignCountCompareService(adapter)) }
  }

  /// Ends the command if the adapter has failed: what it answered since means nothing.
  func check() throws {
    try asking { if let failure = adapter.failure { throw failure } }
  }
}
