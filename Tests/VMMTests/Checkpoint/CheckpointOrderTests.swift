import BugMuseum
import GuestImages
import KVM
import Synchronization
import Testing
import TimerModels

@testable import VMM

/// Timers and controller saved and restored in every order, with a deadline falling in between, in
/// virtual time and without KVM.
@Suite("Order of saving and restoring")
struct CheckpointOrderTests {
  private typealias Right = Board<GenericTimer, InterruptController, LineMemory>
  private typealias Masking = Board<MaskAtExpiry, InterruptController, LineMemory>
  private typealias Latching = Board<GenericTimer, EdgeTimerStaleInterrupt, LineMemory>
  private typealias Caching = Board<GenericTimer, InterruptController, LevelCachedBeforeController>

  @Test("however it is saved and restored, an interrupt is pending, once, and no bytes tell how")
  func right() throws {
    let found = try Findings(of: Right.self)
    #expect(found.savings == 24 * 6 * 8)
    #expect(found.violations == [])
    #expect(found.states.count == 1, "of timers and controller there is one state to save")
  }

  @Test("a timer that is masked at its expiry is saved in two states, and loses its interrupt")
  func masked() throws {
    let found = try Findings(of: Masking.self)
    #expect(found.states.count > 1)
    #expect(found.violations.contains { $0.hasSuffix("CPU 0: CNTV_CTL is 7, not 5") })
    #expect(found.violations.contains { $0.hasSuffix("CPU 0: interrupt 27 is not signalled") })
  }

  @Test("an edge that the controller latched is saved in two states, and taken twice")
  func latched() throws {
    let found = try Findings(of: Latching.self)
    #expect(found.states.count > 1)
    #expect(found.violations.contains { $0.hasSuffix("CPU 1: 30 is signalled again") })
  }

  @Test("a level noted before the controller listens is never said, if its timer looks too early")
  func cached() throws {
    let found = try Findings(of: Caching.self)
    #expect(found.states.count == 1)
    #expect(found.violations.contains { $0.hasSuffix("CPU 0: interrupt 27 is not signalled") })
    #expect(found.violations.allSatisfy { $0.contains("looks at once") })
  }
}

/// A device of the board, as something to save and restore.
private enum Part: Int, CaseIterable {
  case controller, timer0, timer1, cp0

  static let genericTimers: [Part] = [.timer0, .timer1]
  static let timers = genericTimers + [.cp0]

  static let orders: [[Part]] = permutations(allCases)

  private static func permutations(_ parts: [Part]) -> [[Part]] {
    guard parts.count > 1 else { return [parts] }
    return parts.flatMap { first in permutations(parts.filter { $0 != first }).map { [first] + $0 }
    }
  }
}

/// How a machine is saved while its vCPUs are stopped.
private struct Saving {
  let order: [Part]
  /// Before which step the deadline falls; 4 for after the last, 5 for not before the restore.
  let gap: Int
  /// Bit n: the host timer of `Part.timers[n]` is served at the deadline.
  let served: Int

  static let all: [Saving] = Part.orders.flatMap { order in
    (0...5).flatMap { gap in (0..<8).map { Saving(order: order, gap: gap, served: $0) } }
  }
}

/// What was saved, and when.
private struct Saved: Hashable {
  var sections: [Part: [UInt8]] = [:]
  var now = Instant.origin
}

/// What every order of saving, and of restoring what was saved, came to.
private struct Findings {
  /// How many ways of saving were tried.
  var savings = 0
  /// The different states of generic timers and controller that they left.
  var states: Set<[Part: [UInt8]]> = []
  /// What was wrong afterwards.
  var violations: [String] = []

  init<Timer, Controller, Lines>(of type: Board<Timer, Controller, Lines>.Type) throws {
    var all: Set<Saved> = []
    for saving in Saving.all {
      let board = try type.init(at: .origin, isInitialised: true)
      try board.begin()
      all.insert(try board.save(saving))
      savings += 1
    }
    for saved in all {
      // CP0 may have delivered its interrupt to Cause or be about to; a reader cannot tell.
      states.insert(saved.sections.filter { $0.key != .cp0 })
      for order in Part.orders {
        for looksAtOnce in [false, true] {
          let board = try type.init(at: saved.now, isInitialised: false)
          try board.restore(saved, order, looksAtOnce: looksAtOnce)
          try board.check()
          violations += board.violations.map {
            "\(order)\(looksAtOnce ? ", looks at once" : ""): \($0)"
          }
        }
      }
    }
  }
}

/// Generic timers and CP0 page, controller and what it drives, of a machine with two CPUs.
///
/// CPU 0 waits for its virtual timer and has the physical one masked. CPU 1 waits for its virtual timer,
/// too, and is in the handler of its physical one's interrupt, which it has not ended. Both deadlines
/// and CP0's Compare are met at the same instant.
private final class Board<
  Timer: GenericTimerRules, Controller: InterruptControllerRules, Lines: LineMemoryRules
> {
  private let clock: VirtualClock
  private let lines = [Line(), Line()]
  private let pin = Line()
  private let controller: InterruptControllerDevice<Controller>
  private let timers: [GenericTimerDevice<Timer, Lines>]
  private let cp0: CountCompareDevice<CountCompareTimer>
  private let bus: Bus
  private(set) var violations: [String] = []

  private let deadline = Instant(nanoseconds: 16_000)

  init(at now: Instant, isInitialised: Bool) throws {
    clock = VirtualClock(showing: now)
    controller = InterruptControllerDevice(
      outputs: lines.enumerated().map { ControllerOutput(sink: $1, line: 16 + $0) },
      isInitialised: isInitialised)
    timers = try [0, 1].map { [clock, controller] cpu in
      try GenericTimerDevice(
        .virtual(clock), sink: PrivateInputs(of: controller, cpu: cpu)
      ) { GenericTimerPage(Timer(at: $0, registers: GenericTimer(at: $0).registers)) }
    }
    cp0 = try CountCompareDevice(.virtual(clock), sink: pin) { CP0Page(at: $0) }
    bus = Bus(
      configuration: LabPort.Configuration(cpus: 2, irqchip: .user, memorySize: 1 << 20),
      lines: nil, controller: controller)
  }

  /// What the guest does before it is stopped.
  func begin() throws {
    for cpu in 0...1 {
      try store(1, PLATFORM_GICD, cpu)
      try store(1 << 27 | 1 << 30, PLATFORM_GICD + 0x100, cpu)
      try store(0xff, PLATFORM_GICC + 4, cpu)
      try store(1, PLATFORM_GICC, cpu)
      try store(1000, PLATFORM_CNTV_CVAL, size: 8, cpu)
      try store(1, PLATFORM_CNTV_CTL, cpu)
    }
    try store(3, PLATFORM_CNTP_CTL, 0)
    try store(1, PLATFORM_CNTP_CTL, 1)
    try expect(load(acknowledge, 1), 30, "CPU 1: GICC_IAR of the running guest")
    try store(1600, PLATFORM_CP0_COMPARE, 0)
    try store(0x8001, PLATFORM_CP0_STATUS, 0)
  }

  // MARK: Saving and restoring

  func save(_ saving: Saving) throws -> Saved {
    var saved = Saved()
    for step in 0...Part.allCases.count {
      if step == saving.gap {
        clock.jump(to: deadline)
        for (bit, part) in Part.timers.enumerated() where saving.served >> bit & 1 == 1 {
          try timer(part).wakeUp()
        }
      }
      guard step < saving.order.count else { break }
      var writer = SectionWriter()
      try carry(saving.order[step], by: &writer)
      saved.sections[saving.order[step]] = writer.bytes
    }
    saved.now = clock.now()
    return saved
  }

  /// Restores as a machine does: part by part, then all say their levels, the generic timers after a look
  /// at the time.
  func restore(_ saved: Saved, _ order: [Part], looksAtOnce: Bool) throws {
    for part in order {
      var reader = SectionReader(saved.sections[part] ?? [], of: SectionName("PART"))
      try carry(part, by: &reader)
      try reader.finish()
      if looksAtOnce && Part.genericTimers.contains(part) { try timer(part).wakeUp() }
    }
    try cp0.resample()
    for part in Part.genericTimers { try timer(part).wakeUp() }
    try controller.settle()
  }

  private func timer(_ part: Part) -> any PlatformTimer {
    part == .cp0 ? cp0 : timers[part == .timer0 ? 0 : 1]
  }

  private func carry<Carrier: StateCarrier>(_ part: Part, by carrier: inout Carrier) throws {
    if part == .controller {
      try controller.carry(by: &carrier)
    } else {
      try timer(part).carry(by: &carrier)
    }
  }

  // MARK: What the guest finds

  /// Continues as the guest would, and notes what it should not have found.
  func check() throws {
    clock.jump(to: deadline)
    for part in Part.timers where timer(part).alarm.map({ $0 <= deadline }) ?? false {
      try timer(part).wakeUp()
    }
    for cpu in 0...1 {
      try expect(load(PLATFORM_CNTV_CTL, cpu), 5, "CPU \(cpu): CNTV_CTL")
      try expect(load(PLATFORM_CNTV_CVAL, size: 8, cpu), 1000, "CPU \(cpu): CNTV_CVAL")
    }
    try expect(load(PLATFORM_CNTP_CTL, 0), 7, "CPU 0: CNTP_CTL")
    if !lines[0].isHigh { violations.append("CPU 0: interrupt 27 is not signalled") }
    if lines[1].isHigh { violations.append("CPU 1: one of the same priority is signalled") }
    try expect(load(PLATFORM_GICD + 0x200, 0), 1 << 27, "CPU 0: GICD_ISPENDR")
    try take(27, PLATFORM_CNTV_CVAL, 0)
    try store(.max, PLATFORM_CNTP_CVAL, size: 8, 1)
    try store(30, end, 1)
    try take(27, PLATFORM_CNTV_CVAL, 1)
    for cpu in 0...1 {
      let again = try load(acknowledge, cpu)
      if again != 1023 { violations.append("CPU \(cpu): \(again) is signalled again") }
    }
    try checkCP0()
  }

  private func checkCP0() throws {
    if !pin.isHigh { violations.append("CP0's interrupt is not signalled") }
    try expect(load(PLATFORM_CP0_COUNT, 0), 1600, "Count")
    try expect(load(PLATFORM_CP0_CAUSE, 0), 0x4000_8000, "Cause")
    try store(3200, PLATFORM_CP0_COMPARE, 0)
    try expect(load(PLATFORM_CP0_CAUSE, 0), 0, "Cause after the acknowledgement")
    if pin.changes.withLock({ $0 }) != [true, false] {
      violations.append("CP0's line rose and fell otherwise than once")
    }
  }

  /// Acknowledges an interrupt, removes its cause, and ends it.
  private func take(_ id: UInt64, _ cause: UInt32, _ cpu: Int) throws {
    try expect(load(acknowledge, cpu), id, "CPU \(cpu): GICC_IAR")
    try store(.max, cause, size: 8, cpu)
    try store(id, end, cpu)
  }

  private func expect(_ found: UInt64, _ expected: UInt64, _ what: String) {
    if found != expected { violations.append("\(what) is \(found), not \(expected)") }
  }

  private let acknowledge = UInt32(PLATFORM_GICC) + 0xc
  private let end = UInt32(PLATFORM_GICC) + 0x10

  private func own(_ cpu: Int) -> PrivateDevices {
    PrivateDevices(
      cpu: cpu, cp0: cp0, genericTimer: timers[cpu], controller: controller)
  }

  private func store(_ value: UInt64, _ address: UInt32, size: Int = 4, _ cpu: Int) throws {
    let own = own(cpu)
    _ = try bus.writeMemory(value, to: UInt64(address), size: size, own: own)
  }

  private func load(_ address: UInt32, size: Int = 4, _ cpu: Int) throws -> UInt64 {
    let own = own(cpu)
    return try bus.readMemory(UInt64(address), size: size, own: own)
  }
}

/// A sink that remembers.
private final class Line: InterruptSink {
  let changes = Mutex<[Bool]>([])
  func setLine(_ line: Int, isHigh: Bool) { changes.withLock { $0.append(isHigh) } }
  var isHigh: Bool { changes.withLock { $0.last ?? false } }
}
