import TimerModels

@testable import VMM

/// The sections of a checkpoint by which devices are brought back, and accesses to what came of them.
///
/// *Reaches:* every state that a section can describe, more than a guest could get a device into.
/// *Does not reach:* the parts of a vCPU, which are the kernel's (``RestoreTarget``).
enum CarryTarget: FuzzTarget {
  static let name = "carry"

  /// How many kinds of sections there are; the first byte of an input chooses.
  static let kinds = 6

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let kind = input.index(below: kinds)
    // A machine's time is below 2^63 ns when it is brought back.
    let now = Instant(nanoseconds: input.number() >> 1)
    switch kind {
    case 0:
      try carry(CP0Page<CountCompareTimer>(at: now), input.rest) {
        try DeviceScript.run(on: &$0, from: now, &$1)
      }
    case 1:
      try carry(GenericTimerPage(GenericTimer(at: now)), input.rest) {
        try DeviceScript.run(on: &$0, from: now, &$1)
      }
    case 2:
      let cpus = 1 + input.index(below: 8)
      try carry(InterruptController(cpuCount: cpus).state, input.rest) {
        DeviceScript.run(on: &$0, &$1)
      }
    case 3:
      try carry(SerialPort(isConnected: true), input.rest) { try DeviceScript.run(on: &$0, &$1) }
    case 4: try carry(IOAPIC(), input.rest) { try DeviceScript.run(on: &$0, &$1) }
    default:
      try carry(MachineRecord(), input.rest) { record, input in
        do { try record.letPass(input.number()) } catch {
          return try promise(!"\(error)".isEmpty, "a refusal without a reason")
        }
        let clock = record.time.makeClock(showing: record.now)
        try promise(clock.now() >= record.now, "a clock that begins before its time")
      }
    }
  }

  /// Brings a state, works with it, and brings it again.
  ///
  /// - Parameters:
  ///   - fresh: The state after reset.
  ///   - bytes: The section, and behind what it takes, decisions for `work`.
  ///   - work: What uses the state.
  /// - Throws: ``BrokenPromise``.
  private static func carry<State: Checkpointed>(
    _ fresh: State, _ bytes: ArraySlice<UInt8>,
    _ work: (inout State, inout FuzzInput) throws -> Void
  ) throws {
    var state = fresh
    var reader = SectionReader(bytes, of: SectionName("FUZZ"))
    do throws(CheckpointFileError) { try state.carry(by: &reader) } catch {
      return try promise(!"\(error)".isEmpty, "a refusal without a reason")
    }
    try checkAccepted(&state, by: fresh)
    var decisions = FuzzInput(reader.rest)
    try work(&state, &decisions)
    try checkAccepted(&state, by: fresh)
  }

  /// What a device is in is accepted back, as the same.
  static func checkAccepted<State: Checkpointed>(_ state: inout State, by fresh: State) throws {
    var writer = SectionWriter()
    state.carry(by: &writer)
    var again = fresh
    var reader = SectionReader(writer.bytes[...], of: SectionName("SAME"))
    try again.carry(by: &reader)
    try reader.finish()
    var rewriter = SectionWriter()
    again.carry(by: &rewriter)
    try promise(rewriter.bytes == writer.bytes, "a state is brought back as another")
  }

  static func seeds() -> [[UInt8]] {
    let now = Instant.origin
    let script = FuzzInput.pattern(1, count: 120)
    func seed(_ kind: UInt8, _ state: some Checkpointed, cpus: UInt8? = nil) -> [UInt8] {
      var (writer, state) = (SectionWriter(), state)
      state.carry(by: &writer)
      return [kind, 0] + (cpus.map { [$0 - 1] } ?? []) + writer.bytes + script
    }
    var endOfTime = MachineRecord()
    endOfTime.now = Instant(nanoseconds: .max >> 1)
    // Twelve bytes in a receiver that has no FIFO: the count stands behind 26 bytes of the section.
    var overfull = seed(3, SerialPort(isConnected: true))
    overfull[28] = 12
    return [
      overfull, seed(0, CP0Page<CountCompareTimer>(at: now)),
      seed(1, GenericTimerPage(GenericTimer(at: now))),
      seed(2, InterruptController(cpuCount: 1).state, cpus: 1),
      seed(2, InterruptController(cpuCount: 8).state, cpus: 8),
      seed(3, SerialPort(isConnected: true)),
      seed(4, IOAPIC()), seed(5, MachineRecord()), seed(5, endOfTime),
    ]
  }
}
