internal import ForeignDevice
internal import TimerModels

/// What takes the state of a device to a checkpoint, or brings it back.
///
/// A device lists its fields once, in one order, and that list serves for both directions: so what is
/// saved and what is restored cannot differ.
protocol StateCarrier {
  /// `Never` for a carrier that takes.
  associatedtype Failure: Error

  /// Takes a number, or replaces it by the one that was taken.
  mutating func carry<Number: FixedWidthInteger>(_ number: inout Number) throws(Failure)
  /// Takes a truth value, or replaces it.
  mutating func carry(_ flag: inout Bool) throws(Failure)
  /// Refuses to continue unless what was brought obeys a rule that the device relies on.
  ///
  /// A file may have been written by any program.
  func require(_ condition: Bool, _ rule: @autoclosure () -> String) throws(Failure)
}

/// State that a checkpoint holds.
protocol Checkpointed {
  /// Carries every field, in a fixed order.
  ///
  /// *Guarantee:* what is brought is either a state that the device can be in, or refused.
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure)
}

/// Checkpointed state that a person can look at.
protocol HeldState: Checkpointed {
  /// What it holds, in lines.
  var text: String { get }
}

extension StateCarrier {
  /// Carries a set of bits.
  mutating func carry<Bits: OptionSet>(_ bits: inout Bits) throws(Failure)
  where Bits.RawValue: FixedWidthInteger {
    var number = bits.rawValue
    try carry(&number)
    bits = Bits(rawValue: number)
  }

  /// Carries an instant.
  mutating func carry(_ instant: inout Instant) throws(Failure) {
    try carry(&instant.nanoseconds)
  }

  /// Carries a vector, element by element.
  mutating func carry<Vector: SIMD>(_ vector: inout Vector) throws(Failure)
  where Vector.Scalar: FixedWidthInteger {
    for index in vector.indices { try carry(&vector[index]) }
  }
}

extension SectionWriter: StateCarrier {
  mutating func carry<Number: FixedWidthInteger>(_ number: inout Number) { write(number) }
  mutating func carry(_ flag: inout Bool) { write(flag) }

  /// What this program is in obeys its own rules.
  func require(_ condition: Bool, _ rule: @autoclosure () -> String) {
    precondition(condition, rule())
  }
}

extension SectionReader: StateCarrier {
  mutating func carry<Number: FixedWidthInteger>(
    _ number: inout Number
  ) throws(CheckpointFileError) { number = try integer() }

  mutating func carry(_ flag: inout Bool) throws(CheckpointFileError) { flag = try boolean() }

  func require(_ condition: Bool, _ rule: @autoclosure () -> String) throws(CheckpointFileError) {
    guard condition else { throw .badSection(name, reason: rule()) }
  }
}

// MARK: Timers

extension CountCompareState: Checkpointed {
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    var hertz = frequency.hertz
    try carrier.carry(&hertz)
    let brought = try? CountFrequency(hertz: hertz)
    try carrier.require(brought != nil, "Count runs at \(hertz) Hz, not 1 to 1000000000")
    frequency = brought ?? .default
    try carrier.carry(&bias)
    try carrier.carry(&staticCount)
    try carrier.carry(&compare)
    try carrier.carry(&cause)
    try carrier.carry(&isMasterDisabled)
    try carrier.carry(&resumeTime)
    try carrier.carry(&isArmed)
    try carrier.carry(&expires)
    // A match is at most a wrap away, which is 2^32 s at 1 Hz: so sums stay far below 2^128.
    try carrier.require(
      expires >> 96 == 0, "Compare is met at \(expires) ns, later than any time")
  }
}

extension GenericTimerRegisters: Checkpointed {
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    var hertz = UInt64(frequency.hertz)
    try carrier.carry(&hertz)
    let brought = try? CounterFrequency(hertz: hertz)
    try carrier.require(brought != nil, "CNTFRQ is \(hertz) Hz, not 1 to 1000000000")
    frequency = brought ?? .default
    try carrier.carry(&virtualOffset)
    for channel in GenericTimerChannel.allCases {
      try carrier.carry(&self[channel].control)
      try carrier.carry(&self[channel].compareValue)
      try carrier.require(
        self[channel].control.isSubset(of: .writable), "a timer's CTL has reserved bits")
    }
  }
}

extension DeviceState: HeldState {
  /// Carries the words, of which a device's state always has as many.
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    let size = words.count
    var count = size
    try carrier.carry(&count)
    try carrier.require(count == size, "a state has \(count) words, the device's have \(size)")
    for index in words.indices { try carrier.carry(&words[index]) }
  }

  var text: String { "\(words.count * 8) bytes of a device that is not ours\n" }
}

// MARK: The interrupt controller

extension InterruptControllerState: HeldState {
  /// *Why lines are left out:* the devices that drive them say their levels anew when they are
  /// restored, so no order between them and this can matter, and nothing of the host timers' progress
  /// is in a checkpoint (upstream commit 1a74847885cc).
  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try carrier.carry(&isForwarding)
    for cpu in 0..<cpuCount { try cpus[cpu].carry(by: &carrier, cpuCount: cpuCount) }
    try shared.carry(by: &carrier)
    try carrier.carry(&targets)
  }
}

extension InterruptControllerCPU {
  fileprivate mutating func carry<Carrier: StateCarrier>(
    by carrier: inout Carrier, cpuCount: Int
  ) throws(Carrier.Failure) {
    try bank.carry(by: &carrier)
    try carrier.carry(&sources)
    let isConsistent = (0..<16).allSatisfy { id in
      (sources[id] != 0) == (bank.latched >> UInt32(id) & 1 == 1)
        && UInt16(sources[id]) < 1 << cpuCount
    }
    try carrier.require(
      isConsistent, "an SGI is pending from no CPU, or from one that is not there")
    try carrier.carry(&isEnabled)
    try carrier.carry(&splitsCompletion)
    try carrier.carry(&priorityMask)
    try carrier.carry(&binaryPoint)
    try carrier.require(binaryPoint <= 7, "GICC_BPR is \(binaryPoint), not 0 to 7")
    try carrier.carry(&activePriorities)
    try carrier.carry(&acknowledged)
  }
}

extension InterruptBank {
  fileprivate mutating func carry<Carrier: StateCarrier>(
    by carrier: inout Carrier
  ) throws(Carrier.Failure) {
    try carrier.carry(&enabled)
    try carrier.carry(&latched)
    try carrier.carry(&edge)
    try carrier.carry(&active)
    try carrier.carry(&priorities)
  }
}
