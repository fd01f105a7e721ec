import Testing
import TimerModels

@Suite("Interrupt controller")
struct InterruptControllerTests {
  /// A controller with everything on, every priority 0xa0 and every SPI going to CPU 0.
  private func controller(cpuCount: Int = 1) -> InterruptController {
    var state = InterruptControllerState(cpuCount: cpuCount)
    state.isForwarding = true
    state.shared.enabled = .max
    state.shared.priorities = SIMD32(repeating: 0xa0)
    state.targets = SIMD32(repeating: 1)
    for cpu in 0..<cpuCount {
      state.cpus[cpu].isEnabled = true
      state.cpus[cpu].priorityMask = 0xff
      state.cpus[cpu].bank.enabled = .max
      state.cpus[cpu].bank.priorities = SIMD32(repeating: 0xa0)
    }
    return InterruptController(state: state)
  }

  @Test("After a reset all is off but the SGIs' enables; SGIs are edge, PPIs and SPIs level")
  func reset() {
    for cpuCount in 1...8 {
      let state = InterruptController(cpuCount: cpuCount).state
      #expect(!state.isForwarding && state.shared == InterruptBank())
      for cpu in 0..<cpuCount {
        var expected = InterruptBank()
        expected.enabled = 0xffff
        expected.edge = 0xffff
        #expect(state.cpus[cpu].bank == expected && !state.cpus[cpu].isEnabled)
        #expect(state.cpus[cpu].priorityMask == 0 && state.cpus[cpu].activePriorities == 0)
      }
    }
  }

  @Test("One CPU's private line says nothing about another's")
  func bankedLines() {
    var gic = controller(cpuCount: 8)
    gic.setLine(27, cpu: 0, level: true)
    gic.setLine(27, cpu: 7, level: true)
    gic.setLine(27, cpu: 0, level: false)
    #expect(
      (0..<8).map { gic.irqOutput(cpu: $0) } == [
        false, false, false, false, false, false, false, true,
      ])
    gic.disable(1 << 27, word: 0, cpu: 0)
    #expect(gic.irqOutput(cpu: 7))
  }

  @Test("An SPI goes to all its targets; who takes it first has it, and the others see nothing")
  func sharedInterrupt() {
    var gic = controller(cpuCount: 3)
    gic.writeTargets(40, 0b110)
    gic.setLine(40, cpu: 0, level: true)
    #expect((0..<3).map { gic.irqOutput(cpu: $0) } == [false, true, true])
    #expect(gic.acknowledge(cpu: 2) == 40)
    #expect((0..<3).map { gic.irqOutput(cpu: $0) } == [false, false, false])
    #expect(gic.acknowledge(cpu: 1) == 1023)
    // Targeted elsewhere while active: it stays where it is, its next instance does not.
    gic.writeTargets(40, 0b001)
    #expect(!gic.irqOutput(cpu: 0))
    gic.endInterrupt(40, cpu: 2)
    #expect((0..<3).map { gic.irqOutput(cpu: $0) } == [true, false, false])
  }

  @Test("A single CPU is the target of every SPI, whatever is written")
  func singleTarget() {
    var gic = InterruptController(cpuCount: 1)
    for offset in 0..<64 {
      gic.write(.distributor, offset: GICD.itargetsr + offset, size: 1, value: 0, cpu: 0)
    }
    gic.write(.distributor, offset: GICD.ctlr, size: 4, value: 1, cpu: 0)
    gic.write(.cpuInterface, offset: GICC.ctlr, size: 4, value: 1, cpu: 0)
    gic.write(.cpuInterface, offset: GICC.pmr, size: 4, value: 1, cpu: 0)
    gic.write(.distributor, offset: GICD.isenabler + 4, size: 4, value: .max, cpu: 0)
    for id in 32..<64 {
      gic.setLine(id, cpu: 0, level: true)
      #expect(gic.acknowledge(cpu: 0) == UInt32(id))
      gic.setLine(id, cpu: 0, level: false)
      gic.endInterrupt(UInt32(id), cpu: 0)
    }
  }

  @Test("The first CPU's interface being off does not keep the second CPU's output from changing")
  func allOutputs() {
    var gic = controller(cpuCount: 2)
    gic.write(.cpuInterface, offset: GICC.ctlr, size: 4, value: 0, cpu: 0)
    gic.setLine(27, cpu: 1, level: true)
    #expect(gic.irqOutput(cpu: 1))
    #expect(gic.acknowledge(cpu: 1) == 27 && !gic.irqOutput(cpu: 1))
  }

  @Test("An SGI from two CPUs is taken twice, from the lower one first")
  func sourcesOfSGI() {
    var gic = controller(cpuCount: 4)
    gic.sendSGI(5 | 1 << 16, from: 3)
    gic.sendSGI(5 | 1 << 16, from: 1)
    gic.sendSGI(5 | 1 << 16, from: 1)
    for source: UInt32 in [1, 3] {
      #expect(gic.acknowledge(cpu: 0) == 5 | source << 10)
      #expect(gic.pending(word: 0, cpu: 0) == (source == 1 ? 1 << 5 : 0))
      gic.endInterrupt(5 | source << 10, cpu: 0)
    }
    #expect(gic.acknowledge(cpu: 0) == 1023)
  }

  @Test("The target filter of an SGI: the list, all but oneself, oneself, none")
  func filtersOfSGI() {
    for (filter, expected) in [(0, 0b0101), (1, 0b1101), (2, 0b0010), (3, 0)] as [(UInt32, Int)] {
      var gic = controller(cpuCount: 4)
      gic.sendSGI(9 | filter << 24 | 0xf5 << 16, from: 1)
      let reached = (0..<4).reduce(0) { $0 | (gic.irqOutput(cpu: $1) ? 1 << $1 : 0) }
      #expect(reached == expected, "filter \(filter)")
    }
  }

  @Test("An edge-triggered SPI is pending once an edge, whatever becomes of the line")
  func edge() {
    var gic = controller()
    gic.writeConfiguration(index: 2, 2)
    gic.setLine(32, cpu: 0, level: true)
    gic.setLine(32, cpu: 0, level: true)
    gic.setLine(32, cpu: 0, level: false)
    #expect(gic.acknowledge(cpu: 0) == 32)
    gic.setLine(32, cpu: 0, level: true)
    #expect(gic.pending(word: 1, cpu: 0) == 1)
    gic.endInterrupt(32, cpu: 0)
    #expect(gic.acknowledge(cpu: 0) == 32)
    gic.endInterrupt(32, cpu: 0)
    #expect(!gic.irqOutput(cpu: 0))
  }

  @Test("Configured as level only after its line went high, an interrupt is pending all the same")
  func lateConfiguration() {
    var gic = controller()
    gic.writeConfiguration(index: 2, 2)
    gic.setLine(32, cpu: 0, level: true)
    gic.clearPending(1, word: 1, cpu: 0)
    #expect(gic.pending(word: 1, cpu: 0) == 0)
    gic.writeConfiguration(index: 2, 0)
    #expect(gic.pending(word: 1, cpu: 0) == 1)
  }

  @Test("With a split completion GICC_EOIR lets others in and GICC_DIR the interrupt itself")
  func splitCompletion() {
    var gic = controller()
    gic.write(.cpuInterface, offset: GICC.ctlr, size: 4, value: 0x201, cpu: 0)
    gic.setLine(27, cpu: 0, level: true)
    #expect(gic.acknowledge(cpu: 0) == 27)
    gic.endInterrupt(27, cpu: 0)
    #expect(gic.runningPriority(cpu: 0) == 0x100 && !gic.irqOutput(cpu: 0))
    gic.sendSGI(3 | 2 << 24, from: 0)
    #expect(gic.acknowledge(cpu: 0) == 3)
    gic.endInterrupt(3, cpu: 0)
    gic.deactivate(3, cpu: 0)
    gic.deactivate(27, cpu: 0)
    #expect(gic.acknowledge(cpu: 0) == 27)
  }

  @Test("Made inactive behind the interface's back, an interrupt still has to be ended")
  func endedAfterClearActive() {
    var gic = controller()
    gic.setLine(27, cpu: 0, level: true)
    #expect(gic.acknowledge(cpu: 0) == 27)
    gic.clearActive(1 << 27, word: 0, cpu: 0)
    #expect(gic.runningPriority(cpu: 0) == 0xa0 && !gic.irqOutput(cpu: 0))
    gic.endInterrupt(27, cpu: 0)
    #expect(gic.runningPriority(cpu: 0) == 0x100 && gic.irqOutput(cpu: 0))
  }

  @Test(
    "Taken again within its own handler, an interrupt is ended twice", arguments: [false, true])
  func takenTwice(isSplit: Bool) {
    var gic = controller()
    gic.state.cpus[0].splitsCompletion = isSplit
    gic.setLine(27, cpu: 0, level: true)
    #expect(gic.acknowledge(cpu: 0) == 27)
    gic.clearActive(1 << 27, word: 0, cpu: 0)
    gic.state.cpus[0].bank.priorities[27] = 0x20
    #expect(gic.acknowledge(cpu: 0) == 27 && gic.runningPriority(cpu: 0) == 0x20)
    gic.endInterrupt(27, cpu: 0)
    gic.deactivate(27, cpu: 0)
    #expect(gic.runningPriority(cpu: 0) == 0xa0)
    gic.endInterrupt(27, cpu: 0)
    #expect(gic.runningPriority(cpu: 0) == 0x100 && gic.irqOutput(cpu: 0))
  }

  @Test("Ending what is not there does not end what is")
  func endedByMistake() {
    var gic = controller()
    gic.setLine(27, cpu: 0, level: true)
    #expect(gic.acknowledge(cpu: 0) == 27)
    let before = gic
    for value: UInt32 in [26, 5, 40, 63, 64, 1022, 1023, 27 + 0x8000 - 1] {
      gic.endInterrupt(value, cpu: 0)
      gic.deactivate(value, cpu: 0)
      #expect(gic == before, "\(value)")
    }
  }

  @Test("Restored field by field in any order, it is the same controller")
  func restored() {
    var gic = controller(cpuCount: 2)
    gic.writeConfiguration(index: 2, 2)
    gic.setLine(32, cpu: 0, level: true)
    gic.setLine(27, cpu: 1, level: true)
    gic.sendSGI(5 | 2 << 16, from: 0)
    #expect(gic.acknowledge(cpu: 1) == 5)
    let saved = gic.state
    let fields: [(inout InterruptControllerState) -> Void] = [
      { $0.shared.line = saved.shared.line },
      { $0.shared.latched = saved.shared.latched },
      { $0.shared.edge = saved.shared.edge },
      { $0.shared.enabled = saved.shared.enabled },
      { $0.shared.priorities = saved.shared.priorities },
      { $0.targets = saved.targets },
      { for cpu in 0...1 { $0.cpus[cpu] = saved.cpus[cpu] } },
      { $0.isForwarding = saved.isForwarding },
    ]
    for first in fields.indices {
      var copy = InterruptController(cpuCount: 2)
      for field in fields[first...] + fields[..<first] { field(&copy.state) }
      #expect(copy == gic && copy.hashValue == gic.hashValue)
    }
  }

  @Test("Controllers that differ in the state of any one CPU are not equal")
  func equality() {
    let gic = controller(cpuCount: 8)
    for cpu in 0..<8 {
      var other = gic
      other.setLine(30, cpu: cpu, level: true)
      #expect(other != gic)
      other.setLine(30, cpu: cpu, level: false)
      #expect(other == gic)
    }
  }
}
