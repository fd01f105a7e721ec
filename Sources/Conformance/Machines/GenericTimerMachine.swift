public import TimerModels

/// An Arm CPU with a generic timer and an interrupt controller, as far as conformance scripts see
/// it.
///
/// Generic over the models, so that a historic variant can be put to the same scripts.
///
/// Time is virtual. The host behind the timer is punctual, and the timer's line is pushed only
/// when its level changed, and before the owner samples the controller.
public struct GenericTimerMachine<
  Timer: GenericTimerInterface, Controller: InterruptControllerInterface
>: ConformanceMachine {
  /// The words of scripts for Arm.
  public typealias Vocabulary = ARMVocabulary

  /// The work that is left.
  public var budget: ConformanceBudget

  /// What each operation, each sample and each interrupt taken costs.
  let costNanoseconds: UInt64
  let frequency: CounterFrequency
  /// What was there before the start state was set up.
  private(set) var boot: [ARMVocabulary.Source: ConformanceValue] = [:]
  var timer: Timer
  var controller: Controller
  /// The outputs as the controller knows them.
  var lines = LineMemory()
  /// PSTATE.I.
  var isMasked = true
  var now: Instant
  var handler = InterruptHandler()

  /// What happens at an interrupt, and what has been seen there.
  struct InterruptHandler {
    var kind = ARMVocabulary.Handler.disable
    var argument: UInt64 = 0
    /// Timer interrupts handled since `kind` was chosen.
    var handledByKind: UInt64 = 0
    var limit: UInt64 = 1000
    /// Entries, whatever GICC_IAR said.
    var entries: UInt64 = 0
    var taken: UInt64 = 0
    var spurious: UInt64 = 0
    /// The last number that GICC_IAR gave.
    var lastID: UInt64 = 0
    /// CNTVCT - CNTV_CVAL at the last entry.
    var lead: UInt64 = 0
    /// The numbers of the interrupts taken, as one number in base 100.
    var sequence: UInt64 = 0
  }

  /// Creates a machine in the grammar's start state: the timer off and CVAL 2^64 - 1, CNTVOFF 0
  /// and CNTVCT 100 000, the controller on, PPI 27 enabled, all priorities 0xa0, and PSTATE.I set.
  ///
  /// - Parameters:
  ///   - kind: Any timer of the kind to test; the machine makes its own.
  ///   - controllerKind: Any controller of the kind to test, likewise.
  ///   - frequency: How fast the counters run.
  ///   - costNanoseconds: The time that each operation takes.
  ///   - budget: How much work each scenario may do.
  public init(
    timer kind: Timer, controller controllerKind: Controller,
    frequency: CounterFrequency = .default, costNanoseconds: UInt64 = 0,
    budget: ConformanceBudget = ConformanceBudget()
  ) {
    self.budget = budget
    self.costNanoseconds = costNanoseconds
    guard let start = frequency.instant(ofTick: 100_000) else {
      preconditionFailure("at 1 Hz that is 28 hours")
    }
    now = start
    self.frequency = frequency
    timer = kind.restarted(at: now, frequency: frequency)
    controller = controllerKind.restarted(cpuCount: 1)
    boot = Self.readBoot(of: self)
    writeVirtualOffset(0)
    timer.write(at: now, .compareValue(.virtual), .max)
    writeWord(.distributor, GICD.ctlr, 1)
    writeWord(.cpuInterface, GICC.ctlr, 1)
    writeWord(.cpuInterface, GICC.pmr, 0xff)
    writeWord(.distributor, GICD.isenabler, 1 << 27)
    for id in 0..<InterruptControllerState.interruptCount {
      controller.write(.distributor, offset: GICD.ipriorityr + id, size: 1, value: 0xa0, cpu: 0)
    }
  }

  // MARK: - What the scripts say

  /// A register in an expression.
  public mutating func read(_ register: ARMVocabulary.Register) -> UInt64 {
    switch register {
    case .cntvct: timer.read(at: now, .counter(.virtual))
    case .cntpct: timer.read(at: now, .counter(.physical))
    case .cval: timer.read(at: now, .compareValue(.virtual))
    case .cntfrq: timer.read(at: now, .frequency)
    }
  }

  /// `set`.
  public mutating func set(_ flag: ARMVocabulary.Flag, _ isSet: Bool) {
    switch flag {
    case .i: isMasked = isSet
    }
  }

  /// `handler`.
  public mutating func handle(with kind: ARMVocabulary.Handler, argument: UInt64) {
    handler.kind = kind
    handler.argument = argument
    handler.handledByKind = 0
  }

  /// `limit`.
  public mutating func limitHandler(to interrupts: UInt64) {
    handler.limit = interrupts
  }

  /// CNTVCT - CNTV_CVAL.
  public mutating func readDistance() -> Int64 {
    Int64(bitPattern: read(.cntvct) &- read(.cval))
  }

  /// One sample.
  public mutating func sample(_ sample: ARMVocabulary.Sample) -> Bool {
    switch sample {
    case .istatus: control.contains(.status)
    case .gicpend: readBit(GICD.ispendr, 27) == 1
    case .irq: isInterrupted
    }
  }

  /// CNTV_CTL.
  var control: GenericTimerControl {
    let value = timer.read(at: now, .control(.virtual))
    return GenericTimerControl(rawValue: UInt32(truncatingIfNeeded: value))
  }

  mutating func writeVirtualOffset(_ value: UInt64) {
    do { try timer.hostWrite(at: now, .virtualOffset, value) } catch {
      preconditionFailure("every CNTVOFF is allowed: \(error)")
    }
  }

  // MARK: - The timer's line

  /// ISR_EL1.I.
  var isInterrupted: Bool { controller.irqOutput(cpu: 0) }

  /// Pushes the outputs that have changed since the last push.
  ///
  /// *Guarantee:* called wherever time has passed or the timer was written, it keeps the
  /// controller's inputs what the timer drives at ``now``. So the controller can be sampled at
  /// any time.
  mutating func push() {
    let levels = timer.outputs.levels
    let changed = lines.changes(to: levels, isListening: true)
    for channel in GenericTimerChannel.allCases
    where changed >> channel.defaultInterrupt & 1 == 1 {
      let level = levels >> channel.defaultInterrupt & 1 == 1
      controller.setLine(channel.defaultInterrupt, cpu: 0, level: level)
    }
  }
}

extension GenericTimerMachine
where Timer: GenericTimerRules, Controller: InterruptControllerRules {
  /// Creates a machine in the grammar's start state, with models as its timer and controller.
  public init(
    frequency: CounterFrequency = .default, costNanoseconds: UInt64 = 0,
    budget: ConformanceBudget = ConformanceBudget()
  ) {
    self.init(
      timer: Timer(at: .origin), controller: Controller(cpuCount: 1), frequency: frequency,
      costNanoseconds: costNanoseconds, budget: budget)
  }
}
