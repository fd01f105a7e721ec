internal import TimerModels

/// A foreign device and our model of the same kind, side by side through the same random operations.
///
/// Operations come in episodes of some hundred, each from a reset, so that a difference is found in a
/// sequence that can be made shorter; an episode is one request to the adapter.
public struct Duel {
  private let adapter: Adapter
  private let kind: DeviceKinds
  private let seed: UInt64
  private let batch: Int

  /// How many operations an episode has, but for one; a request has room for 4096.
  public static let episodeSize = 400

  /// Prepares a duel.
  ///
  /// - Parameters:
  ///   - adapter: The foreign device.
  ///   - kind: Which one kind of those that it offers.
  ///   - seed: Of the random operations.
  ///   - batch: The most operations of a request, 1 to 4096.
  /// - Throws: ``AdapterError`` where the device is not of the kind.
  public init(
    _ adapter: Adapter, as kind: DeviceKinds, seed: UInt64, batch: Int = Adapter.operationsMax
  ) throws(AdapterError) {
    try adapter.demand(kind)
    self.adapter = adapter
    self.kind = kind
    self.seed = seed
    self.batch = batch
  }

  /// Carries out operations until one makes a difference.
  ///
  /// - Parameters:
  ///   - count: How many at least.
  ///   - isInterrupted: Asked once per episode: whether to end with what there is.
  ///   - progress: Told once per episode how many operations were carried out.
  /// - Returns: How many were carried out, and the shortest sequence found that makes a difference. A signal that
  ///   ends the wait for the adapter ends the duel with what there is, too.
  /// - Throws: ``AdapterError`` where the adapter falls short.
  public func run(
    operations count: Int, unless isInterrupted: () -> Bool = { false },
    progress: (Int) -> Void = { _ in }
  ) throws(AdapterError) -> (performed: Int, difference: DuelDifference?) {
    var performed = 0
    var episode: UInt64 = 0
    while performed < count, !isInterrupted() {
      progress(performed)
      // An odd constant, so that the seeds of episodes never meet those of a neighbour's.
      let operations = makeEpisode(seed: seed &+ episode &* 0xd134_2543_de82_ef95)
      episode += 1
      do throws(AdapterError) {
        if let found = try parting(in: operations) {
          return (performed + found.operations.count, try describe(found))
        }
      } catch {
        guard error.problem == .interrupted else { throw error }
        return (performed, nil)
      }
      performed += operations.count
    }
    return (performed, nil)
  }

  private func makeEpisode(seed: UInt64) -> [TimedOperation] {
    var source = OperationSource(
      seed: seed, kind: kind, frequency: adapter.identity.frequency, cpus: adapter.identity.cpus)
    var operations: [TimedOperation] = []
    while operations.count < Self.episodeSize { operations += source.next().map(\.operation) }
    return operations
  }

  // MARK: - Comparing

  /// Operations of which the last makes a difference, and what the device made of each.
  private struct Parting {
    var operations: [TimedOperation]
    var results: [DeviceResult]
  }

  private var reset: TimedOperation {
    TimedOperation(at: .origin, .reset(frequency: adapter.identity.frequency))
  }

  private func makeModel() -> ModelDevice {
    ModelDevice(
      kind, at: .origin, frequency: adapter.identity.frequency, cpus: adapter.identity.cpus)
  }

  /// The operations up to the first that makes a difference, or nil; nil also where no software may do that.
  private func parting(in operations: [TimedOperation]) throws(AdapterError) -> Parting? {
    let results = try results(of: operations)
    var model = makeModel()
    var handlers = RunningHandlers()
    for (index, (operation, result)) in zip(operations, results).enumerated() {
      let right = model.perform(at: operation.now, operation.operation)
      guard handlers.note(operation.operation, right.value) else { return nil }
      if !agree(result, right, operation, model) {
        return Parting(
          operations: Array(operations[...index]), results: Array(results[...index]))
      }
    }
    return nil
  }

  /// What the device makes of operations after a reset.
  private func results(of operations: [TimedOperation]) throws(AdapterError) -> [DeviceResult] {
    try results(of: operations, from: adapter)
  }

  private func results(
    of operations: [TimedOperation], from adapter: Adapter
  ) throws(AdapterError) -> [DeviceResult] {
    var rest = ([reset] + operations)[...]
    var results: [DeviceResult] = []
    while !rest.isEmpty {
      results += try adapter.perform(Array(rest.prefix(batch))).results
      rest = rest.dropFirst(batch)
    }
    return Array(results.dropFirst())
  }

  private func agree(
    _ result: DeviceResult, _ right: DeviceResult, _ operation: TimedOperation,
    _ model: ModelDevice
  ) -> Bool {
    guard result.status == right.status else { return false }
    let bits = OpenChoice.decidedBits(of: operation.operation, on: model)
    guard (result.value ^ right.value) & bits == 0 else { return false }
    let lines = kind.lines & OpenChoice.decidedLines(after: operation, on: model)
    return (result.lines ^ right.lines) & lines == 0
  }

  // MARK: - Shortening

  /// Leaves out whatever the difference does not need: large parts first, then single operations.
  private func shorten(_ shortest: inout Parting) throws(AdapterError) {
    var part = max(1, shortest.operations.count / 2)
    while true {
      var start = 0
      var isShorter = false
      while start < shortest.operations.count - 1 {
        var candidate = shortest.operations
        candidate.removeSubrange(start..<min(start + part, candidate.count - 1))
        if let found = try parting(in: candidate) {
          shortest = found
          isShorter = true
        } else {
          start += part
        }
      }
      if part == 1 && !isShorter { return }
      part = max(1, part / 2)
    }
  }

  /// The shortest sequence, unless the device does not answer the same twice.
  ///
  /// *Why it is asked again before and after:* what another sequence left behind in a device, a reset included, is no
  /// difference of this one, and shortening by such answers leads anywhere. Interrupted, what was found stays found.
  private func describe(_ found: Parting) throws(AdapterError) -> DuelDifference {
    var shortest = found
    do throws(AdapterError) {
      if let unrepeated = try unrepeated(shortest) { return unrepeated }
      try shorten(&shortest)
      if let unrepeated = try unrepeated(shortest) { return unrepeated }
    } catch {
      guard error.problem == .interrupted else { throw error }
    }
    return difference(shortest)
  }

  /// The first operation to which the device answers something else when it is asked again; nil where there is none.
  ///
  /// *Why in a new process, too:* what is left behind may be the same each time, from the first time on. A program that
  /// cannot run twice at a time is not asked so.
  private func unrepeated(_ found: Parting) throws(AdapterError) -> DuelDifference? {
    if let difference = try unrepeated(found, by: adapter) { return difference }
    guard let fresh = try? Adapter(running: adapter.command) else { return nil }
    return try unrepeated(found, by: fresh)
  }

  private func unrepeated(
    _ found: Parting, by adapter: Adapter
  ) throws(AdapterError) -> DuelDifference? {
    let again = try results(of: found.operations, from: adapter)
    guard let index = again.indices.first(where: { again[$0] != found.results[$0] }) else {
      return nil
    }
    var difference = difference(found)
    difference.steps.removeLast(again.count - index - 1)
    difference.again = again[index]
    return difference
  }

  private func difference(_ found: Parting) -> DuelDifference {
    var model = makeModel()
    let steps = zip(found.operations, found.results).map { operation, result in
      DuelDifference.Step(
        operation: operation, result: result,
        right: model.perform(at: operation.now, operation.operation))
    }
    return DuelDifference(kind: kind, frequency: adapter.identity.frequency, steps: steps)
  }
}
