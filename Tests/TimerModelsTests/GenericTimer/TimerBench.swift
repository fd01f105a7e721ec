import Testing
import TimerModels

/// A CPU with its generic timer and its interrupt controller, driven as a device has to do it.
///
/// - The timer looks at the time before anybody samples the controller.
/// - A line is pushed only when its level changed.
/// - Nothing counts as pushed while there is no controller.
/// - The host's timer only wakes the driver up.
struct TimerBench<Timer: GenericTimerRules, Controller: InterruptControllerRules> {
  /// What the guest does about an interrupt, between GICC_IAR and GICC_EOIR.
  enum Handler {
    /// Sets CTL to 0.
    case disable
    /// Sets IMASK.
    case mask
    /// Adds to CVAL.
    case addToCompare(UInt64)
    /// Nothing; the n-th time it leaves PSTATE.I set.
    case nothing(until: Int)
  }

  var now: Instant
  var timer: Timer
  /// Nil until the controller is initialised.
  private(set) var controller: Controller?
  /// The levels that the controller has been told; nil when it has been told nothing.
  private var pushed: GenericTimerOutputs?
  /// PSTATE.I.
  private(set) var isMasked = true
  var handler = Handler.disable
  /// The numbers read from GICC_IAR and when, spurious ones included.
  private(set) var taken: [Taken] = []

  struct Taken: Hashable {
    var id: UInt32
    var time: Instant
  }

  init(at now: Instant = .origin, hertz: UInt64 = 62_500_000, hasController: Bool = true) throws {
    self.now = now
    timer = Timer(at: now, frequency: try CounterFrequency(hertz: hertz))
    if hasController { initialiseController() }
  }

  /// Continues from a checkpoint; what was pushed before is no longer known.
  mutating func restore(registers: GenericTimerRegisters, state: InterruptControllerState) {
    timer = Timer(at: now, registers: registers)
    controller = Controller(state: state)
    pushed = nil
    settle()
    takeInterrupts()
  }

  /// Sets the controller up as a guest does: all on, with priority 0xa0.
  mutating func initialiseController() {
    controller = Controller(cpuCount: 1)
    access(.distributor, GICD.ctlr, 1)
    access(.cpuInterface, GICC.ctlr, 1)
    access(.cpuInterface, GICC.pmr, 0xff)
    access(.distributor, GICD.isenabler, .max)
    for id in stride(from: 0, to: 32, by: 4) {
      access(.distributor, GICD.ipriorityr + id, 0xa0a0_a0a0)
    }
  }

  // MARK: - The driver

  mutating func settle() {
    timer.settle(at: now)
    push()
  }

  private mutating func push() {
    guard controller != nil else { return }
    for channel in GenericTimerChannel.allCases {
      let output = GenericTimerOutputs(channel)
      let level = timer.outputs.contains(output)
      guard pushed.map({ $0.contains(output) }) != level else { continue }
      controller?.setLine(channel.defaultInterrupt, cpu: 0, level: level)
    }
    pushed = timer.outputs
  }

  /// Lets time pass, with a punctual host, and interrupts be taken if PSTATE.I allows it.
  mutating func advance(to target: Instant) {
    settle()
    while let alarm = timer.alarm, alarm <= target {
      // Without this, a wrong model would make the test hang.
      guard alarm > now else {
        Issue.record("at \(now) the timer wants to be woken at \(alarm)")
        return
      }
      now = alarm
      wakeUp()
      takeInterrupts()
    }
    now = target
    settle()
    takeInterrupts()
  }

  mutating func advance(ticks: UInt64) {
    let frequency = timer.registers.frequency
    let target = frequency.instant(ofTick: frequency.ticks(at: now) + ticks)
    advance(to: target ?? .distantFuture)
  }

  /// The host's timer goes off.
  mutating func wakeUp() {
    timer.wakeUp(at: now)
    push()
  }

  // MARK: - The guest

  func read(_ register: GenericTimerRegister) -> UInt64 { timer.read(at: now, register) }

  mutating func write(_ register: GenericTimerRegister, _ value: UInt64) {
    timer.write(at: now, register, value)
    push()
    takeInterrupts()
  }

  mutating func hostWrite(_ register: GenericTimerRegister, _ value: UInt64) throws {
    try timer.hostWrite(at: now, register, value)
    push()
    takeInterrupts()
  }

  mutating func access(_ frame: InterruptControllerFrame, _ offset: Int, _ value: UInt32) {
    settle()
    controller?.write(frame, offset: offset, size: 4, value: value, cpu: 0)
    takeInterrupts()
  }

  mutating func read(_ frame: InterruptControllerFrame, _ offset: Int) -> UInt32 {
    settle()
    return controller?.read(frame, offset: offset, size: 4, cpu: 0) ?? 0
  }

  func isPending(_ id: Int) -> Bool {
    var copy = self
    return copy.read(.distributor, GICD.ispendr) >> id & 1 == 1
  }

  /// Sets or clears PSTATE.I.
  mutating func maskInterrupts(_ isMasked: Bool) {
    self.isMasked = isMasked
    settle()
    takeInterrupts()
  }

  private mutating func takeInterrupts() {
    while !isMasked, controller?.irqOutput(cpu: 0) == true {
      // Without this, a line that never falls would make the test hang.
      guard taken.count < 10_000 else {
        Issue.record("10 000 interrupts by \(now)")
        return
      }
      isMasked = true
      let id = read(.cpuInterface, GICC.iar)
      taken.append(Taken(id: id, time: now))
      let channel = GenericTimerChannel.allCases.first { $0.defaultInterrupt == Int(id) }
      let staysMasked = channel.map { handle($0) } ?? false
      access(.cpuInterface, GICC.eoir, id)
      isMasked = staysMasked
    }
  }

  private mutating func handle(_ channel: GenericTimerChannel) -> Bool {
    switch handler {
    case .disable: write(.control(channel), 0)
    case .mask: write(.control(channel), 3)
    case .addToCompare(let period):
      write(.compareValue(channel), read(.compareValue(channel)) &+ period)
    case .nothing(let count): return taken.count >= count
    }
    return false
  }
}

/// The bench with the right models.
typealias RightBench = TimerBench<GenericTimer, InterruptController>
