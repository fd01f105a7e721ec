public import KVM
internal import LinuxHost

/// What a device's interrupt line leads to.
public protocol InterruptSink: AnyObject, Sendable {
  /// Drives a line.
  ///
  /// - Parameters:
  ///   - line: The platform's number of the line.
  ///   - isHigh: The level, different from the last one.
  /// - Throws: ``KVMError/failed(_:)`` where KVM refuses.
  func setLine(_ line: Int, isHigh: Bool) throws(KVMError)

  /// Whether levels are taken now; what is driven at other times goes nowhere.
  var isListening: Bool { get }
}

extension InterruptSink {
  /// Always, unless somebody has to be initialised first.
  public var isListening: Bool { true }
}

/// A device in its place: behind a lock, with its interrupt line connected.
///
/// *Guarantee:* when ``withDevice(_:)`` returns, the line's last driven level is the device's
/// ``Device/interruptLine``. It is driven under the lock, so changes reach the sink in the order in
/// which the device made them, and only when the level changed.
struct DeviceCell<Model: Device>: ~Copyable, Sendable {
  // Not private: this compiler emits a private type nested in a generic one with broken linkage.
  struct State: Sendable {
    var device: Model
    var drivenLevel = false
  }

  fileprivate let state: Lock<State>
  private let line: Int
  private let sink: (any InterruptSink)?

  /// Places a device.
  ///
  /// - Parameters:
  ///   - device: The device after reset, its line low.
  ///   - line: The number of its interrupt line; unused without a sink.
  ///   - sink: What the line leads to.
  init(_ device: Model, line: Int = 0, sink: (any InterruptSink)? = nil) {
    state = Lock(State(device: device))
    self.line = line
    self.sink = sink
  }

  /// The one way to the device, for guest and host alike.
  ///
  /// *Lock order:* a device's lock comes before an interrupt controller's; `body` takes no lock.
  func withDevice<Result: Sendable>(
    _ body: (inout Model) -> Result
  ) throws(KVMError) -> Result {
    try state.withLock { (state: inout State) throws(KVMError) -> Result in
      let result = body(&state.device)
      let level = state.device.interruptLine
      if level != state.drivenLevel {
        state.drivenLevel = level
        try drive(sink, line, isHigh: level)
      }
      return result
    }
  }
}

extension DeviceCell where Model: Checkpointed {
  /// Carries the device's state; ``withDevice(_:)`` then drives its line.
  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try state.withLock { (state: inout State) throws(Carrier.Failure) in
      try state.device.carry(by: &carrier)
    }
  }
}

/// Drives a line, if it leads anywhere.
///
/// Borrowing lends the sink without retaining it: a change of level counts no references either.
func drive(
  _ sink: borrowing (any InterruptSink)?, _ line: Int, isHigh: Bool
) throws(KVMError) {
  switch sink {
  case .some(let sink): try sink.setLine(line, isHigh: isHigh)
  case .none: break
  }
}

/// Whether there is anybody at a line's other end who takes levels now.
func isHeard(by sink: borrowing (any InterruptSink)?) -> Bool {
  switch sink {
  case .some(let sink): sink.isListening
  case .none: true
  }
}
