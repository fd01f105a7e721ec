internal import Exploration
public import TimerModels
public import TimerWorlds

/// `qemu-cntvct-writeback`: the counter is written back with the other registers, and goes backwards.
///
/// *Where:* QEMU until 4b7a6bf402.
///
/// *What happened:* whenever the registers of a vCPU had been read, all of them were written back
/// before it continued, CNTVCT among them. The time in between was taken back, and differently for
/// each vCPU.
///
/// *The shortest losing schedule:* stop, let time pass, continue, and read CNTVCT.
public struct CounterWrittenBack: GenericTimerHost {
  /// The devices.
  public var parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>

  /// Takes devices into use.
  public init(parts: GenericTimerParts<GenericTimer, InterruptController, LineMemory>) {
    self.parts = parts
  }

  /// The faulty operation: the counter is part of what is written back.
  public mutating func goOn(at now: Instant, savedCounter counter: UInt64) {
    parts.isRunning = true
    let physical = parts.timer.counter(at: now, of: .physical)
    parts.timer.writeVirtualOffset(at: now, physical &- counter)
    enter(at: now)
  }

  static let exhibit = Exhibit(
    "qemu-cntvct-writeback",
    "the counter is written back with the other registers, and goes backwards",
    origin: "QEMU until 4b7a6bf402",
    host: Self.self, breaks: .countValue, by: .stop, .toNextTick, .goOn, .readCount)
}
