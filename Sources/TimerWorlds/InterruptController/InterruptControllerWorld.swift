public import Exploration
public import TimerModels

/// An interrupt controller like Arm's GICv2 between two CPUs and the devices that drive it.
///
/// There is no time here: devices raise and lower their lines between any two accesses.
public struct InterruptControllerWorld<Controller: InterruptControllerRules>: World {
  /// What can happen.
  public typealias Action = InterruptControllerAction
  /// What must never happen.
  public typealias Property = InterruptControllerProperty

  /// The controller.
  public internal(set) var controller: Controller
  var ideal = InterruptControllerIdeal()

  static var ppi: UInt32 { 1 << 27 }
  /// SPI 40 in the second word.
  static var spi: UInt32 { 1 << 8 }

  /// Creates a world whose controller is switched on, with all its interrupts enabled.
  public init() {
    controller = Controller(cpuCount: 2)
    controller.state.isForwarding = true
    controller.state.targets[8] = 1
    controller.state.shared.enabled = Self.spi
    for cpu in 0...1 {
      controller.state.cpus[cpu].isEnabled = true
      controller.state.cpus[cpu].priorityMask = 0xff
      controller.state.cpus[cpu].bank.enabled |= Self.ppi
    }
  }

  /// Everything that can happen.
  public static var alphabet: [InterruptControllerAction] {
    InterruptControllerAction.both(InterruptControllerAction.Kind.allCases)
  }

  /// Who does it.
  public static func actor(of action: InterruptControllerAction) -> Actor { action.actor }

  /// What is wrong with this state: at a CPU's input first, and then in the registers.
  public var violation: Property? {
    for cpu in 0...1 {
      let isInterrupted = controller.irqOutput(cpu: cpu)
      let isDue = ideal.due(at: cpu) != nil
      if isInterrupted != isDue { return isDue ? .lost : .stale }
    }
    for cpu in 0...1 {
      if controller.pending(word: 0, cpu: cpu) != ideal.word(of: cpu, \.isPending) {
        return .pendingValue
      }
      if controller.state.cpus[cpu].bank.active != ideal.word(of: cpu, \.isActive) {
        return .activeValue
      }
      // SGIs are edge-triggered, PPIs level-sensitive.
      if controller.readConfiguration(index: 0, cpu: cpu) != 0xaaaa_aaaa
        || controller.readConfiguration(index: 1, cpu: cpu) != 0
      {
        return .configurationValue
      }
    }
    if controller.pending(word: 1, cpu: 0) != (ideal.spi.isPending ? Self.spi : 0) {
      return .pendingValue
    }
    if controller.state.shared.active != (ideal.spi.isActive ? Self.spi : 0) {
      return .activeValue
    }
    for cpu in 0...1 where controller.runningPriority(cpu: cpu) != ideal.runningPriority(of: cpu) {
      return .runningPriority
    }
    return nil
  }

  /// Made of what changes.
  public var fingerprint: UInt64 {
    var fingerprint = Fingerprint()
    for cpu in 0...1 {
      let interface = controller.state.cpus[cpu]
      let bank = interface.bank
      fingerprint.combine(UInt64(bank.line) << 32 | UInt64(bank.latched))
      fingerprint.combine(UInt64(bank.active) << 32 | UInt64(bank.enabled))
      let flags: UInt64 = (interface.isEnabled ? 1 : 0) | (interface.splitsCompletion ? 2 : 0)
      fingerprint.combine(interface.acknowledged ^ UInt64(interface.sources[1]) << 56 ^ flags << 48)
    }
    let shared = controller.state.shared
    let lines = UInt64(shared.line) << 48 | UInt64(shared.latched) << 32 | UInt64(shared.active)
    fingerprint.combine(lines ^ UInt64(shared.enabled) << 16 ^ UInt64(shared.edge) << 20)
    return fingerprint.value ^ UInt64(controller.state.targets[8]) << 33
  }

  /// The state in words, interrupt by interrupt.
  public var readout: Readout {
    let words = (0...1).map { cpu in
      let interrupts = [1, 27, 40].compactMap { id -> String? in
        let bit: UInt32 = 1 << (id % 32)
        guard id < 32 || ideal.target == cpu else { return nil }
        let bank = controller.state[Int(id / 32), cpu: cpu]
        let states = [
          ("line", bank.line), ("latch", bank.latched), ("active", bank.active),
          ("off", ~bank.enabled),
        ]
        let set = states.filter { $0.1 & bit != 0 }.map(\.0)
        return set.isEmpty ? nil : "\(id) \(set.joined(separator: "+"))"
      }
      let isInterrupted = controller.irqOutput(cpu: cpu)
      let due = ideal.due(at: cpu)
      let verdict =
        isInterrupted == (due != nil) ? "" : due.map { " (\($0) due)" } ?? " (nothing due)"
      let list = interrupts.isEmpty ? "-" : interrupts.joined(separator: ", ")
      return "cpu \(cpu): \(list)\(isInterrupted ? " IRQ" : "")\(verdict)"
    }
    return Readout(timer: "", controller: words.joined(separator: "; "))
  }
}

extension InterruptControllerIdeal {
  /// A property of a CPU's private interrupts, a bit each.
  func word(of cpu: Int, _ property: (Interrupt) -> Bool) -> UInt32 {
    (property(self[cpu].sgi) ? 2 : 0) | (property(self[cpu].ppi) ? 1 << 27 : 0)
  }
}
