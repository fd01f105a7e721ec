internal import GuestImages
internal import LinuxHost
internal import TimerModels

/// What a machine was made of when a checkpoint of it was written, and what time it was.
struct MachineRecord: Hashable, Sendable, Checkpointed {
  /// vCPUs.
  var cpus: Int = 1
  var irqchip = IRQChip.user
  var time = TimeSource.host
  /// The machine's time.
  var now = Instant.origin
  /// The host's wall clock then, in nanoseconds since 1970.
  var realTime: UInt64 = 0
  /// How fast the guest's TSC counts, in kHz.
  var tscKilohertz: UInt32 = 0
  /// The host's TSC at that time.
  var hostTSC: UInt64 = 0
  /// The kernel's paravirtual clock, in nanoseconds.
  var kernelClock: UInt64 = 0
  /// In virtual time, the turn that comes next.
  var nextVirtualTurn = VirtualTurn()

  /// The latest time at which a machine is brought back: 146 years after its start.
  ///
  /// A quarter of what an instant holds, so that no machine that continues from there comes to the end of time.
  static let latest = Instant(nanoseconds: 1 << 62 - 1)

  /// Lets time pass for the machine while it is stopped; at the end of all time it stands still, and the
  /// counters wrap.
  ///
  /// - Throws: ``CheckpointFileError/badSection(_:reason:)`` where it is later than ``latest`` then.
  mutating func letPass(_ nanoseconds: UInt64) throws(CheckpointFileError) {
    now = now.adding(nanoseconds: nanoseconds)
    guard now <= Self.latest else {
      let doubt = nanoseconds == 0 ? "" : " with \(nanoseconds) ns since; is the wall clock right?"
      throw .badSection(
        SectionName(.machine),
        reason: "it is \(now.nanoseconds) ns, later than 146 years (2^62 ns)\(doubt)")
    }
    kernelClock &+= nanoseconds
    let cycles = UInt128(nanoseconds) * UInt128(tscKilohertz) / 1_000_000
    hostTSC &+= UInt64(truncatingIfNeeded: cycles)
  }

  mutating func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try carrier.carry(&cpus)
    try carrier.require(
      (1...MachineConfiguration.cpusMax).contains(cpus), "\(cpus) vCPUs, not 1 to 16")
    var number = irqchip.platformNumber
    try carrier.carry(&number)
    let controller = IRQChip.allCases.first { $0.platformNumber == number }
    try carrier.require(controller != nil, "interrupt controllers of kind \(number)")
    irqchip = controller ?? .user
    try carryTime(by: &carrier)
    try carrier.carry(&tscKilohertz)
    try carrier.carry(&hostTSC)
    try carrier.carry(&kernelClock)
    try carrier.carry(&nextVirtualTurn.cpu)
    try carrier.require(
      (0..<cpus).contains(nextVirtualTurn.cpu), "vCPU \(nextVirtualTurn.cpu) is next")
    try carrier.carry(&nextVirtualTurn.isBegun)
    try carrier.require(
      !nextVirtualTurn.isBegun || time != .host, "a turn is begun at the host's time")
  }

  private mutating func carryTime<Carrier: StateCarrier>(
    by carrier: inout Carrier
  ) throws(Carrier.Failure) {
    var exitCost: UInt64 = 0
    if case .virtual(let cost) = time { exitCost = cost }
    try carrier.carry(&exitCost)
    try carrier.require(exitCost <= 1_000_000_000, "an exit costs \(exitCost) ns")
    time = exitCost == 0 ? .host : .virtual(exitCost: exitCost)
    try carrier.require(
      time == .host || irqchip == .user, "virtual time with the kernel's controllers")
    try carrier.carry(&now)
    try carrier.carry(&realTime)
  }
}
