import TimerModels

@testable import VMM

/// Accesses by guest and host to one device, as many as an input has bytes for.
enum DeviceScript {
  /// A page of 32-bit registers, at times that only grow.
  static func run<Timer: CountCompareRules>(
    on page: inout CP0Page<Timer>, from start: Instant, _ input: inout FuzzInput
  ) throws {
    var now = start
    while !input.isEmpty {
      now = now.adding(nanoseconds: input.number())
      let offset = input.flag() ? 4 * input.index(below: 8) : input.index(below: 4096)
      let size = input.flag() ? 4 : 1 + input.index(below: 8)
      switch input.byte() % 5 {
      case 0: _ = page.read(at: now, offset: offset, size: size)
      case 1: page.write(at: now, input.number(), offset: offset, size: size)
      case 2: page.perform(at: now, input.choice([.freeze, .thaw, .setFrequency(1)]))
      case 3:
        let hertz = UInt32(truncatingIfNeeded: input.number() % CountFrequency.maximumHertz)
        page.perform(at: now, .setFrequency(hertz + 1))
      default: try checkWakeUp(&page, &now)
      }
      try promise(page.lineLevels & ~(1 << 7) == 0, "CP0 drives another line than its own")
    }
  }

  /// A page of the generic timer's registers.
  static func run<Timer: GenericTimerRules>(
    on page: inout GenericTimerPage<Timer>, from start: Instant, _ input: inout FuzzInput
  ) throws {
    var now = start
    while !input.isEmpty {
      now = now.adding(nanoseconds: input.number())
      let offset = input.flag() ? 4 * input.index(below: 16) : input.index(below: 4096)
      let size = input.flag() ? 1 + input.index(below: 8) : input.flag() ? 4 : 8
      switch input.byte() % 3 {
      case 0: _ = page.read(at: now, offset: offset, size: size)
      case 1: page.write(at: now, input.number(), offset: offset, size: size)
      default:
        try checkWakeUp(&page, &now)
        try promise(
          page.lineLevels & ~page.possibleLevels(at: now) == 0, "a line is high that cannot be")
      }
      try promise(
        page.lineLevels & ~(1 << 27 | 1 << 30) == 0, "a timer drives another line than its own")
    }
  }

  /// What serves an alarm is not called again at once.
  private static func checkWakeUp(_ page: inout some TimerPage, _ now: inout Instant) throws {
    page.wakeUp(at: now)
    if let alarm = page.alarm {
      try promise(alarm > now, "an alarm at \(alarm) after a wake-up at \(now)")
      now = alarm
      page.wakeUp(at: now)
    }
    let levels = page.lineLevels
    page.wakeUp(at: now)
    try promise(page.lineLevels == levels, "a second look at one instant moves a line")
  }

  /// Both frames of the interrupt controller, and its inputs.
  static func run(on state: inout InterruptControllerState, _ input: inout FuzzInput) {
    var controller = InterruptController(cpuCount: state.cpuCount)
    controller.state = state
    while !input.isEmpty {
      let cpu = input.index(below: state.cpuCount)
      let frame: InterruptControllerFrame = input.flag() ? .distributor : .cpuInterface
      let offset = input.index(below: 8192)
      let size = 1 + input.index(below: 8)
      switch input.byte() % 3 {
      case 0: _ = controller.read(frame, offset: offset, size: size, cpu: cpu)
      case 1: controller.write(frame, offset: offset, size: size, value: input.integer(), cpu: cpu)
      default: controller.setLine(16 + input.index(below: 16), cpu: cpu, level: input.flag())
      }
      _ = controller.irqOutput(cpu: cpu)
    }
    state = controller.state
  }

  /// The 16550: the guest's side, and the end that feeds it.
  static func run(on port: inout SerialPort, _ input: inout FuzzInput) throws {
    while !input.isEmpty {
      let access = BusAccess(offset: input.index(below: 8), size: 1)
      switch input.byte() % 4 {
      case 0:
        let reply = port.read(access)
        try promise(reply.value <= 0xff, "8 bits hold \(reply.value)")
      case 1: _ = port.write(UInt64(input.byte()), to: access)
      case 2 where port.isConnected && port.room > 0:
        let count = 1 + input.index(below: port.room)
        port.receive([UInt8](repeating: input.byte(), count: count))
      case 3 where input.byte() == 0: port.hangUp()
      default: if port.room == 0 { port.askForRoom() }
      }
      try promise((0...16).contains(port.room), "room for \(port.room) bytes")
      // A port without its output gate open drives nothing, whatever it would say.
      if port.interruptLine { try promise(port.mayInterrupt, "a line is high that may not rise") }
    }
  }

  /// The IOAPIC: pins, registers, ends of interrupts.
  static func run(on ioapic: inout IOAPIC, _ input: inout FuzzInput) throws {
    while !input.isEmpty {
      switch input.byte() % 6 {
      case 0: ioapic.setPin(input.index(below: IOAPIC.pins), isHigh: input.flag())
      case 1: ioapic.endOfInterrupt(vector: input.byte())
      case 2: ioapic.endInterrupts(except: [input.byte()])
      case 3: _ = ioapic.read(offset: input.index(below: 256))
      default: ioapic.write(input.integer(), offset: input.choice([0, 0x10, 0x10, 0x40, 0x20]))
      }
      let routes = ioapic.takeRoutes() ?? []
      try promise(
        routes.allSatisfy { (0..<IOAPIC.pins).contains($0.line) }, "a route of no pin")
      var messages = 0
      while ioapic.takeMessage() != nil {
        messages += 1
        try promise(messages <= IOAPIC.pins, "more messages than pins")
      }
    }
  }
}
