internal import KVM
internal import LinuxHost

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

  /// The whole state, its line included; to be brought back as it is.
  var whole: State {
    get { state.withLock { $0 } }
    nonmutating set { state.withLock { $0 = newValue } }
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
