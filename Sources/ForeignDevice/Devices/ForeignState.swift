internal import TimerModels

/// A foreign device as a value: its adapter, and the device's saved state.
///
/// Each operation loads the state, is carried out, and saves it again; so two values never meet, and a copy
/// is a copy. Where the adapter cannot save, the value *is* the one device: it may be used in one line of
/// operations only, without copies that continue.
///
/// After a failure of the adapter nothing that is read means anything; the code that uses these values looks at
/// ``Adapter/failure`` before believing a result.
struct ForeignState: Hashable, Sendable {
  let adapter: Adapter
  /// Nil where the adapter cannot save.
  ///
  /// Where ``batch`` is, the state that its sequences start from.
  private(set) var state: DeviceState?
  /// When the device wants to be woken.
  private(set) var alarm: Instant?
  /// Its output lines, as the header has them.
  private(set) var lines: UInt32 = 0
  /// The instant that the value has come to.
  private var now = Instant.origin
  /// What is known of the operations that may follow; with it, this value is at ``node``.
  private var batch: DeviceBatch?
  private var node = 0
  /// Registers of which a read changes nothing, and that are read after every operation; at least one.
  private let watched: [DeviceRegister]
  /// What ``watched`` read after the last operation; nothing once the adapter has failed.
  private(set) var sights: [UInt64] = []

  /// The device after reset.
  init(_ adapter: Adapter, at now: Instant, frequency: UInt64, watching watched: [DeviceRegister]) {
    self.adapter = adapter
    self.watched = watched
    _ = perform(at: now, .reset(frequency: frequency))
  }

  /// The device after reset, again.
  func restarted(at now: Instant, frequency: UInt64) -> ForeignState {
    ForeignState(adapter, at: now, frequency: frequency, watching: watched)
  }

  /// The device in a state that it was saved in.
  ///
  /// A register is read there, so that lines and alarm are that state's.
  var saved: DeviceState {
    get { state ?? DeviceState(words: []) }
    set {
      (state, batch, node) = (newValue, nil, 0)
      _ = perform(at: now, .read(watched[0]))
    }
  }

  /// Carries out an operation.
  ///
  /// - Returns: What it came to; a refusal with no value once the adapter has failed.
  mutating func perform(at now: Instant, _ operation: DeviceOperation) -> DeviceResult {
    let operation = TimedOperation(at: now, operation)
    self.now = now
    if let batch, let next = batch.child(of: node, operation) {
      let found = batch.nodes[next]
      (alarm, lines, node, sights) = (found.result.alarm, found.result.lines, next, [])
      if let state = found.state {
        (self.state, self.sights) = (state, found.sights)
        (self.batch, node) = (nil, 0)
      }
      return found.result
    }
    // What led here was not carried out yet, not for this value.
    let operations = (batch?.path(to: node) ?? []) + [operation]
    (batch, node) = (nil, 0)
    return perform(operations)
  }

  private mutating func perform(_ operations: [TimedOperation]) -> DeviceResult {
    let last = operations.count - 1
    var request = operations
    request[last].isSaved = adapter.identity.stateSize > 0
    let now = operations[last].now
    request += watched.map { TimedOperation(at: now, .read($0)) }
    do throws(AdapterError) {
      let answer = try adapter.perform(request, from: state)
      state = answer.states.first
      sights = answer.results[(last + 1)...].map(\.value)
      let result = answer.results[last]
      (alarm, lines) = (result.alarm, result.lines)
      demandContract(of: operations[last], result)
      return result
    } catch {
      (alarm, lines, sights) = (nil, 0, [])
      return DeviceResult(status: .refused)
    }
  }

  /// In a run, ends the work with a device that does what none may: a search and a check tell it themselves.
  private func demandContract(of operation: TimedOperation, _ result: DeviceResult) {
    guard adapter.use == .run else { return }
    switch (result.status, operation.operation) {
    case (.done, .wakeUp):
      guard let alarm = result.alarm, alarm <= operation.now else { return }
      adapter.fail(
        .malformed("woken, it wants to be woken at \(alarm.nanoseconds) ns"), asked: operation)
    case (.done, _): return
    case (.refused, _): adapter.fail(.unsupported("it refused"), asked: operation)
    case (.unsupported, _): adapter.fail(.unsupported("no such function"), asked: operation)
    }
  }

  /// What a register read after the last operation; nil where it is not watched.
  func sight(of register: DeviceRegister) -> UInt64? {
    watched.firstIndex(of: register).map(sight(_:))
  }

  /// What a watched register read after the last operation.
  func sight(_ index: Int) -> UInt64 {
    if index < sights.count { return sights[index] }
    return adapter.failure == nil ? peek(at: now, watched[index]) : 0
  }

  /// Carries out sequences of operations, each from this state, in one request.
  ///
  /// - Parameter sequences: The operations.
  mutating func prepare(_ sequences: [[TimedOperation]]) {
    guard let state, batch == nil else { return }
    // Once the adapter has failed, nothing is known.
    batch = try? DeviceBatch(sequences, sights: watched, from: state, on: adapter)
    node = 0
  }

  /// Reads a register, and keeps what that changes.
  mutating func read(at now: Instant, _ register: DeviceRegister) -> UInt64 {
    perform(at: now, .read(register)).value
  }

  /// Moves the device in time, and its counts.
  mutating func shift(at now: Instant, by nanoseconds: UInt64, counts: UInt64) {
    _ = perform(at: now, .shift(nanoseconds: nanoseconds, counts: counts))
    self.now.nanoseconds -= min(now.nanoseconds, nanoseconds)
  }

  /// A number that equal states share, and others seldom.
  var fingerprint: UInt64 {
    (state?.words ?? []).reduce(0xcbf2_9ce4_8422_2325) { hash, word in
      let (high, low) = (hash ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
      return high ^ low
    }
  }

  /// Reads a register of which a read changes nothing.
  func peek(at now: Instant, _ register: DeviceRegister) -> UInt64 {
    var copy = self
    return copy.read(at: now, register)
  }

  static func == (left: ForeignState, right: ForeignState) -> Bool {
    left.state == right.state && left.alarm == right.alarm && left.lines == right.lines
  }

  func hash(into hasher: inout Hasher) { hasher.combine(state) }
}
