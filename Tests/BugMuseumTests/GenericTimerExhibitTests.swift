import BugMuseum
import Testing
import TimerModels

/// Each exhibit's shortest losing schedule, lost by the exhibit and won by the right model.
@Suite("Arm exhibits")
struct GenericTimerExhibitTests {
  private static let timer = 27

  /// A controller that lets a CPU's timer interrupt through.
  private func ready<Controller: InterruptControllerRules>(_: Controller.Type) -> Controller {
    var controller = Controller(cpuCount: 1)
    controller.write(.distributor, offset: GICD.ctlr, size: 4, value: 1, cpu: 0)
    controller.write(.cpuInterface, offset: GICC.pmr, size: 4, value: 0xff, cpu: 0)
    controller.write(.cpuInterface, offset: GICC.ctlr, size: 4, value: 1, cpu: 0)
    controller.enable(1 << Self.timer, word: 0, cpu: 0)
    return controller
  }

  @Test("arm-edge-timer-stale-irq: a line that rose and fell is taken")
  func stale() {
    func acknowledged(_ start: some InterruptControllerRules) -> UInt32 {
      var controller = start
      controller.setLine(Self.timer, cpu: 0, level: true)
      controller.setLine(Self.timer, cpu: 0, level: false)
      return controller.acknowledge(cpu: 0)
    }
    #expect(acknowledged(ready(EdgeTimerStaleInterrupt.self)) == 27)
    #expect(acknowledged(ready(InterruptController.self)) == 1023)
  }

  @Test("arm-edge-timer-stale-irq: a line that stays high after the end is not taken again")
  func stillHigh() {
    func acknowledgedAgain(_ start: some InterruptControllerRules) -> UInt32 {
      var controller = start
      controller.setLine(Self.timer, cpu: 0, level: true)
      controller.endInterrupt(controller.acknowledge(cpu: 0), cpu: 0)
      return controller.acknowledge(cpu: 0)
    }
    #expect(acknowledgedAgain(ready(EdgeTimerStaleInterrupt.self)) == 1023)
    #expect(acknowledgedAgain(ready(InterruptController.self)) == 27)
  }

  @Test("arm-edge-timer-stale-irq: interrupts that are not private are as they should be")
  func shared() {
    var exhibit = EdgeTimerStaleInterrupt(cpuCount: 1)
    var right = InterruptController(cpuCount: 1)
    for level in [true, false, true] {
      exhibit.setLine(40, cpu: 0, level: level)
      right.setLine(40, cpu: 0, level: level)
      #expect(exhibit.state == right.state)
    }
  }

  /// A checkpoint of a timer that is due at 1 us: controller and timer saved at the given instants, each
  /// after whatever the host's timer did by then, and both restored at the later one.
  ///
  /// - Returns: What the restored guest acknowledges.
  private func acknowledgedAfterCheckpoint<Timer: GenericTimerRules>(
    _: Timer.Type, controllerSaved: UInt64, timerSaved: UInt64
  ) -> UInt32 {
    var timer = Timer(at: .origin)
    var controller = ready(InterruptController.self)
    timer.writeTimerValue(at: .origin, of: .virtual, 1000 / 16 + 1)
    timer.writeControl(at: .origin, of: .virtual, .enable)
    func pass(to nanoseconds: UInt64) {
      guard let alarm = timer.alarm, alarm.nanoseconds <= nanoseconds else { return }
      timer.wakeUp(at: alarm)
      controller.setLine(Self.timer, cpu: 0, level: timer.outputs.contains(.virtual))
    }
    var controllerState = controller.state
    var registers = timer.registers
    for step in [controllerSaved, timerSaved].sorted() {
      pass(to: step)
      if step == controllerSaved { controllerState = controller.state }
      if step == timerSaved { registers = timer.registers }
    }
    var restored = InterruptController(state: controllerState)
    let now = Instant(nanoseconds: max(controllerSaved, timerSaved))
    let restoredTimer = Timer(at: now, registers: registers)
    restored.setLine(Self.timer, cpu: 0, level: restoredTimer.outputs.contains(.virtual))
    return restored.acknowledge(cpu: 0)
  }

  @Test("arm-ckpt-masked-timer: an expiry between the two halves of a checkpoint is lost")
  func maskedTimer() {
    #expect(
      acknowledgedAfterCheckpoint(MaskAtExpiry.self, controllerSaved: 500, timerSaved: 2000)
        == 1023)
    let orders: [(UInt64, UInt64)] = [(500, 2000), (2000, 500), (2000, 2001)]
    for (controllerSaved, timerSaved) in orders {
      #expect(
        acknowledgedAfterCheckpoint(
          GenericTimer.self, controllerSaved: controllerSaved, timerSaved: timerSaved) == 27)
    }
  }

  @Test("arm-ckpt-masked-timer: the expiry shows in CTL, and without a checkpoint nothing is lost")
  func visibleExpiry() throws {
    func look<Timer: GenericTimerRules>(_: Timer.Type) throws -> (GenericTimerControl, Bool) {
      var timer = Timer(at: .origin)
      timer.writeTimerValue(at: .origin, of: .virtual, 100)
      timer.writeControl(at: .origin, of: .virtual, .enable)
      let alarm = try #require(timer.alarm)
      timer.wakeUp(at: alarm)
      timer.wakeUp(at: alarm)
      return (timer.readControl(at: alarm, of: .virtual), timer.outputs.contains(.virtual))
    }
    #expect(try look(MaskAtExpiry.self) == ([.enable, .mask, .status], true))
    #expect(try look(GenericTimer.self) == ([.enable, .status], true))
  }

  @Test(
    "arm-level-cached-before-vgic-init: a level that rose before anybody listened is never said")
  func levelCachedEarly() {
    func saidLater(_ start: some LineMemoryRules) -> UInt32 {
      var memory = start
      _ = memory.changes(to: 1 << 27, isListening: false)
      return memory.changes(to: 1 << 27, isListening: true)
    }
    #expect(saidLater(LevelCachedBeforeController()) == 0)
    #expect(saidLater(LineMemory()) == 1 << 27)
  }

  @Test("arm-level-cached-before-vgic-init: with a listener all along nothing is missed")
  func levelHeard() {
    var memory = LevelCachedBeforeController()
    #expect(memory.changes(to: 0b11, isListening: true) == 0b11)
    #expect(memory.changes(to: 0b11, isListening: true) == 0)
    #expect(memory.changes(to: 0b10, isListening: true) == 0b01)
  }
}
