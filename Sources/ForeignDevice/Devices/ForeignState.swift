internal import TimerModels

/// A foreign device as a value: its adapter, and the device's saved state.
///
/// Each operation loads the state, is carried out, and saves it again; so two values never meet, and a copy
/// is a copy. Where the adapter cannot save, the value *is* the one device: it may be used in one line of
/// operations only, without copies that go on.
///
/// After a failure of the adapter nothing that is read means anything; whoever uses these values looks at
/// ``Adapter/failure`` before believing a result.
struct ForeignState: Hashable, Sendable {
  let adapter: Adapter
  /// Nil where the adapter cannot save.
  private(set) var state: DeviceState?
  /// When the device wants to be woken.
  private(set) var alarm: Instant?
  /// Its output lines, as the header has them.
  private(set) var lines: UInt32 = 0
  /// The instant of the last operation.
  private var now = Instant.origin

  /// The device after reset.
  init(_ adapter: Adapter, at now: Instant, frequency: UInt64) {
    self.adapter = adapter
    _ = perform(at: now, .reset(frequency: frequency))
  }

  /// The device after reset, again.
  func restarted(at now: Instant, frequency: UInt64) -> ForeignState {
    ForeignState(adapter, at: now, frequency: frequency)
  }

  /// Carries out an operation.
  ///
  /// - Returns: What it came to; a refusal with no value once the adapter has failed.
  mutating func perform(at now: Instant, _ operation: DeviceOperation) -> DeviceResult {
    let isSaved = adapter.identity.stateSize > 0
    do throws(AdapterError) {
      let answer = try adapter.perform(
        [TimedOperation(at: now, operation, isSaved: isSaved)], from: state)
      self.now = now
      state = answer.states.first
      let result = answer.results[0]
      (alarm, lines) = (result.alarm, result.lines)
      return result
    } catch {
      (alarm, lines) = (nil, 0)
      return DeviceResult(status: .refused)
    }
  }

  /// Reads a register, and keeps what that changes.
  mutating func read(at now: Instant, _ register: DeviceRegister) -> UInt64 {
    perform(at: now, .read(register)).value
  }

  /// Moves the device in time, and its counts.
  mutating func shift(by nanoseconds: UInt64, counts: UInt64) {
    _ = perform(at: now, .shift(nanoseconds: nanoseconds, counts: counts))
    now.nanoseconds -= min(now.nanoseconds, nanoseconds)
  }

  /// A number that equal states share, and others seldom.
  var fingerprint: UInt64 {
    (state?.bytes ?? []).reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Reads a register at the instant of the last operation, and forgets what that changes.
  func peek(_ register: DeviceRegister) -> UInt64 { peek(at: now, register) }

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
