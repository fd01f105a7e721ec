/// What may be done to a CPU's generic timer from outside, whatever it is made of.
///
/// The models adopt it by ``GenericTimerRules``; a device of another vendor's, by its registers.
public protocol GenericTimerInterface: TimerModel {
  /// The outputs as they were when last looked at, which a write and a wake-up do.
  var outputs: GenericTimerOutputs { get }

  /// The outputs that are high at `now`, or will be if no register is written.
  func possibleOutputs(at now: Instant) -> GenericTimerOutputs

  /// Another timer of this kind, as after reset: the virtual count starts from 0 at `now`.
  func restarted(at now: Instant, frequency: CounterFrequency) -> Self

  /// Reads a register, which changes nothing.
  func read(at now: Instant, _ register: GenericTimerRegister) -> UInt64

  /// The guest writes a register.
  mutating func write(at now: Instant, _ register: GenericTimerRegister, _ value: UInt64)

  /// The host writes a register.
  ///
  /// - Throws: ``GenericTimerError`` where the value or the register is not to be written.
  mutating func hostWrite(
    at now: Instant, _ register: GenericTimerRegister, _ value: UInt64
  ) throws(GenericTimerError)
}
