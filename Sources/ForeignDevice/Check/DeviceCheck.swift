internal import TimerModels

/// Whether an adapter keeps the contract: not whether its device is right, but whether it is one.
public struct DeviceCheck {
  /// One rule of the contract, and what became of it.
  public struct Finding: Hashable, Sendable {
    /// The rule, as a sentence.
    public var rule: String
    /// The shortest sequence that breaks it, and how; nil where it held.
    public var violation: String?
    /// Why it was not looked at; nil where it was.
    public var omission: String?
  }

  private let adapter: Adapter
  private let kind: DeviceKinds

  /// How many random sequences each rule is tried with, and how long the longest is.
  private static let sequences = 64

  /// Prepares a check of one kind of those that the adapter offers.
  public init(_ adapter: Adapter, as kind: DeviceKinds) throws(AdapterError) {
    try adapter.demand(kind)
    self.adapter = adapter
    self.kind = kind
  }

  /// Tries each rule.
  ///
  /// - Throws: ``AdapterError`` where the adapter falls short of an answer.
  public func run() throws(AdapterError) -> [Finding] {
    let canSave = adapter.identity.stateSize > 0
    let cannotSave = canSave ? nil : "the device cannot be saved"
    let cannotShift = adapter.identity.canShift ? nil : "the device cannot be shifted"
    let isTimer = kind != .interruptController
    return [
      try finding("the same operations give the same answers", breach: unrepeatable),
      try finding(
        "load brings back what save took: the same answers follow", unless: cannotSave,
        breach: forgottenBySaving),
      try finding(
        "operations that start over give what they give one by one", unless: cannotSave,
        breach: wrongStart),
      try finding(
        "a read that has no effect has none", unless: cannotSave, breach: readWithEffect),
      try finding(
        "after a wake-up at the alarm the next alarm is later",
        unless: isTimer ? nil : "a controller has no alarm", breach: alarmInThePast),
      try finding(
        "a counter that is not written never goes back",
        unless: isTimer ? nil : "a controller has no counter", breach: counterGoesBack),
      try finding(
        "after a shift the counter is what it was, plus the counts", unless: cannotShift,
        breach: wrongShift),
    ]
  }

  private func finding(
    _ rule: String, unless omission: String? = nil,
    breach: ([TimedOperation]) throws(AdapterError) -> String?
  ) throws(AdapterError) -> Finding {
    guard omission == nil else { return Finding(rule: rule, omission: omission) }
    // Short sequences first: what is found first is what is easiest to read.
    for number in 0..<Self.sequences {
      let operations = sequence(seed: UInt64(number), count: 1 + number / 2)
      if let what = try breach(operations) {
        let words = operations.map { $0.words }.joined(separator: "; ")
        return Finding(rule: rule, violation: "\(what), after: reset; \(words)")
      }
    }
    return Finding(rule: rule)
  }

  private func sequence(seed: UInt64, count: Int) -> [TimedOperation] {
    var source = OperationSource(
      seed: seed, kind: kind, frequency: adapter.identity.frequency, cpus: adapter.identity.cpus)
    var operations: [TimedOperation] = []
    while operations.count < count { operations += source.next().map(\.operation) }
    return operations
  }

  private var reset: TimedOperation {
    TimedOperation(at: .origin, .reset(frequency: adapter.identity.frequency))
  }

  private func state(after operations: [TimedOperation]) throws(AdapterError) -> DeviceState {
    try adapter.perform(([reset] + operations).savingLast()).states[0]
  }

  /// Looks at everything that a guest can, at the end of a sequence.
  private func probes(after operations: [TimedOperation]) -> [TimedOperation] {
    let now = operations.last?.now ?? .origin
    let later = Instant(nanoseconds: now.nanoseconds + 1_000_000)
    return [now, later].flatMap { instant in
      readable.map { TimedOperation(at: instant, .read($0)) }
    }
  }

  /// Registers whose reading has no effect but to look what is due.
  private var readable: [DeviceRegister] {
    switch kind {
    case .countCompare:
      [CountCompareGuestAccess.readCount, .readCompare, .readCause].compactMap { access in
        if case .read(let register) = access.operation { register } else { nil }
      }
    case .genericTimer: GenericTimerRegister.all.map(\.deviceRegister)
    default:
      [
        GICD.ctlr, GICD.isenabler, GICD.ispendr, GICD.isactiver, GICD.isenabler + 4,
        GICD.ispendr + 4,
      ]
      .map { DeviceRegister(.distributor, UInt32($0), size: 4) }
        + [DeviceRegister(.cpuInterface, UInt32(GICC.pmr), size: 4)]
    }
  }

  // MARK: - The rules

  private func unrepeatable(_ operations: [TimedOperation]) throws(AdapterError) -> String? {
    let first = try adapter.perform([reset] + operations).results
    let second = try adapter.perform([reset] + operations).results
    guard let index = first.indices.first(where: { first[$0] != second[$0] }) else { return nil }
    return "operation \(index) of the same sequence answered \(first[index]) and \(second[index])"
  }

  private func forgottenBySaving(_ operations: [TimedOperation]) throws(AdapterError) -> String? {
    let probes = probes(after: operations)
    let saved = try adapter.perform(([reset] + operations).savingLast())
    let kept = try adapter.perform(probes).results
    // Something else in between, so that nothing but the state can remember.
    _ = try adapter.perform([reset])
    let loaded = try adapter.perform(probes, from: saved.states[0]).results
    if let index = kept.indices.first(where: { kept[$0] != loaded[$0] }) {
      return
        "\(probes[index].words) answered \(kept[index]) before and \(loaded[index]) after a load"
    }
    let again = try adapter.perform([probes[0]].savingLast(), from: saved.states[0])
    let twice = try adapter.perform([probes[0]].savingLast(), from: saved.states[0])
    return again == twice ? nil : "two loads of one state were followed by different states"
  }

  private func wrongStart(_ operations: [TimedOperation]) throws(AdapterError) -> String? {
    let state = try state(after: operations)
    let probes = probes(after: operations)
    let fan = try adapter.perform(
      probes.map { TimedOperation(at: $0.now, $0.operation, startsOver: true, isSaved: true) },
      from: state)
    for (index, probe) in probes.enumerated() {
      let single = try adapter.perform([probe].savingLast(), from: state)
      if single.results[0] != fan.results[index] || single.states[0] != fan.states[index] {
        return "\(probe.words) gave something else beside others than alone"
      }
    }
    return nil
  }

  private func readWithEffect(_ operations: [TimedOperation]) throws(AdapterError) -> String? {
    let now = operations.last?.now ?? .origin
    for register in readable {
      let read = TimedOperation(at: now, .read(register))
      // The first may look what is due; after it nothing is.
      let once = try adapter.perform(
        ([reset] + operations + [TimedOperation(at: now, .wakeUp), read]).savingLast())
      let twice = try adapter.perform([read].savingLast(), from: once.states[0])
      if once.states[0] != twice.states[0] {
        return "reading \(register.name) twice changed the state"
      }
    }
    return nil
  }

  private func alarmInThePast(_ operations: [TimedOperation]) throws(AdapterError) -> String? {
    guard let alarm = try adapter.perform([reset] + operations).results.last?.alarm,
      alarm.nanoseconds < 1 << 62
    else { return nil }
    let now = max(alarm, operations.last?.now ?? .origin)
    let next = try adapter.perform([TimedOperation(at: now, .wakeUp)]).results[0].alarm
    guard let next, next <= now else { return nil }
    return "woken at \(now.nanoseconds) ns, it wants to be woken at \(next.nanoseconds) ns"
  }

  private func counterGoesBack(_ operations: [TimedOperation]) throws(AdapterError) -> String? {
    guard let counter else { return nil }
    let start = operations.last?.now.nanoseconds ?? 0
    let reads = [0, 1, 10, 1000, 1_000_000].map { nanoseconds in
      TimedOperation(at: Instant(nanoseconds: start + nanoseconds), .read(counter))
    }
    let results = try adapter.perform([reset] + operations + reads).results
    let values = results.suffix(reads.count).map(\.value)
    for (earlier, later) in zip(values, values.dropFirst()) {
      let step =
        counter.size == 4 ? UInt64(UInt32(truncatingIfNeeded: later &- earlier)) : later &- earlier
      if step >> (counter.size == 4 ? 31 : 63) != 0 {
        return "\(counter.name) went from \(earlier) to \(later) as time passed"
      }
    }
    return nil
  }

  private func wrongShift(_ operations: [TimedOperation]) throws(AdapterError) -> String? {
    guard let counter else { return nil }
    // A second is a whole number of ticks at every frequency.
    let second: UInt64 = 1_000_000_000
    // A generic timer's counter is time itself.
    let counts = kind == .genericTimer ? 0 &- adapter.identity.frequency : 12_345
    let now = Instant(nanoseconds: (operations.last?.now.nanoseconds ?? 0) + 2 * second)
    let earlier = Instant(nanoseconds: now.nanoseconds - second)
    let before = try adapter.perform(
      [reset] + operations + [TimedOperation(at: now, .read(counter))])
    let shift = DeviceOperation.shift(nanoseconds: second, counts: counts)
    let after = try adapter.perform(
      [TimedOperation(at: now, shift), TimedOperation(at: earlier, .read(counter))])
    let (old, new) = (before.results.last?.value ?? 0, after.results[1].value)
    let mask: UInt64 = counter.size == 4 ? 0xffff_ffff : .max
    return new == (old &+ counts) & mask
      ? nil : "\(counter.name) was \(old), and \(new) after a shift by \(counts) counts"
  }

  private var counter: DeviceRegister? {
    switch kind {
    case .countCompare: readable.first
    case .genericTimer: GenericTimerRegister.counter(.virtual).deviceRegister
    default: nil
    }
  }
}

extension [TimedOperation] {
  /// The same operations, with the state after the last.
  fileprivate func savingLast() -> [TimedOperation] {
    var operations = self
    operations[operations.count - 1].isSaved = true
    return operations
  }
}
