/// Something that is done to an interrupt controller.
public enum InterruptControllerStep: Hashable, Sendable {
  /// A CPU reads a word.
  case read(InterruptControllerFrame, offset: Int, cpu: Int)
  /// A CPU writes a word, or a byte.
  case write(InterruptControllerFrame, offset: Int, size: Int = 4, UInt32, cpu: Int)
  /// A device drives a line.
  case line(Int, cpu: Int, level: Bool)
}

extension InterruptControllerInterface {
  /// Carries out a step, and returns the value read (0 for another).
  @discardableResult
  public mutating func perform(_ step: InterruptControllerStep) -> UInt32 {
    switch step {
    case .read(let frame, let offset, let cpu):
      return read(frame, offset: offset, size: 4, cpu: cpu)
    case .write(let frame, let offset, let size, let value, let cpu):
      write(frame, offset: offset, size: size, value: value, cpu: cpu)
    case .line(let id, let cpu, let level): setLine(id, cpu: cpu, level: level)
    }
    return 0
  }
}
