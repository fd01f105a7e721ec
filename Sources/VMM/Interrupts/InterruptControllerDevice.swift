internal import KVM
internal import LinuxHost
internal import TimerModels

/// The platform's interrupt controller, whatever rules it follows: the right ones, or a historic
/// bug's.
protocol PlatformInterruptController: AnyObject, Sendable {
  /// How many CPUs it serves, 1 to 8: vCPUs 0 to that number less one.
  var cpuCount: Int { get }
  /// Whether inputs are taken.
  var isInitialised: Bool { get }

  func read(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int
  ) throws(KVMError) -> UInt32
  func write(
    _ value: UInt32, _ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int
  ) throws(KVMError)
  func setPrivateLine(_ id: Int, cpu: Int, isHigh: Bool) throws(KVMError)
  /// Carries what a checkpoint holds, and makes the controller take inputs if it did not.
  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure)
  /// Drives the outputs, after the state was brought back.
  func settle() throws(KVMError)
  /// The line to a vCPU was made low at its far end: says its level again.
  func resample(cpu: Int) throws(KVMError)
  /// Whether the CPU would be interrupted if these private lines were high too, bit n for interrupt n.
  func wouldInterrupt(cpu: Int, ifHigh lines: UInt32) -> Bool
  /// What it holds, for a person.
  var text: String { get }
  /// Keeps the whole state, lines included.
  ///
  /// - Returns: What brings it back.
  func keep() -> KeptState
}

/// The platform's interrupt controller: a model behind a lock, with a line to each vCPU.
///
/// *Guarantee:* after every operation all vCPUs' lines have the levels of the model's outputs; a change
/// at one CPU's interface may be another CPU's interrupt.
///
/// *Assumes:* a guest's access comes after the timers of the vCPU that makes it have looked at the
/// time (``VCPULoop`` sees to that): the controller samples lines, and what it shows must not depend
/// on whether the host's timer has already gone off (upstream commit 4b4b4512da2a).
final class InterruptControllerDevice<Controller: InterruptControllerInterface & Saveable>:
  PlatformInterruptController
where Controller.State: HeldState {
  private struct State: Sendable {
    var controller: Controller
    var isInitialised: Bool
    /// Bit n: the line to vCPU n is high.
    var driven: UInt8 = 0
  }

  let cpuCount: Int
  private let state: Lock<State>
  /// What each vCPU's output leads to, and by which number.
  private let outputs: [ControllerOutput]

  /// Places a controller.
  ///
  /// - Parameters:
  ///   - controller: The controller after reset, for as many CPUs as there are outputs.
  ///   - outputs: One for each CPU, 1 to 8.
  ///   - isInitialised: Whether it takes inputs now; otherwise its state is still to be brought.
  init(_ controller: Controller, outputs: [ControllerOutput], isInitialised: Bool = true) {
    cpuCount = outputs.count
    self.outputs = outputs
    state = Lock(State(controller: controller, isInitialised: isInitialised))
  }

  /// Makes and places a controller.
  convenience init(outputs: [ControllerOutput], isInitialised: Bool = true)
  where Controller: InterruptControllerRules {
    self.init(
      Controller(cpuCount: outputs.count), outputs: outputs, isInitialised: isInitialised)
  }

  var isInitialised: Bool { state.withLock { $0.isInitialised } }

  @specialized(where Controller == InterruptController)
  func read(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int
  ) throws(KVMError) -> UInt32 {
    try withController { $0.read(frame, offset: offset, size: size, cpu: cpu) }
  }

  @specialized(where Controller == InterruptController)
  func write(
    _ value: UInt32, _ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int
  ) throws(KVMError) {
    try withController { $0.write(frame, offset: offset, size: size, value: value, cpu: cpu) }
  }

  @specialized(where Controller == InterruptController)
  func setPrivateLine(_ id: Int, cpu: Int, isHigh: Bool) throws(KVMError) {
    try withController { $0.setLine(id, cpu: cpu, level: isHigh) }
  }

  func wouldInterrupt(cpu: Int, ifHigh lines: UInt32) -> Bool {
    var controller = state.withLock { $0.controller }
    guard controller.isCopyable else { return true }
    var rest = lines
    while rest != 0 {
      controller.setLine(rest.trailingZeroBitCount, cpu: cpu, level: true)
      rest &= rest - 1
    }
    return controller.irqOutput(cpu: cpu)
  }

  func carry<Carrier: StateCarrier>(by carrier: inout Carrier) throws(Carrier.Failure) {
    try state.withLock { (state: inout State) throws(Carrier.Failure) in
      var held = state.controller.state
      try held.carry(by: &carrier)
      if held != state.controller.state { state.controller.state = held }
      state.isInitialised = true
    }
  }

  var text: String { state.withLock { $0.controller.state }.text }

  func keep() -> KeptState {
    let kept = state.withLock { $0 }
    return KeptState { [self] in state.withLock { $0 = kept } }
  }

  func settle() throws(KVMError) { try withController { _ in } }

  func resample(cpu: Int) throws(KVMError) {
    try state.withLock { (state: inout State) throws(KVMError) in
      state.driven &= ~(1 << cpu)
      try settle(&state)
    }
  }

  /// The one way to the model.
  private func withController<Result: Sendable>(
    _ body: (inout Controller) -> Result
  ) throws(KVMError) -> Result {
    try state.withLock { (state: inout State) throws(KVMError) -> Result in
      let result = body(&state.controller)
      try settle(&state)
      return result
    }
  }

  private func settle(_ state: inout State) throws(KVMError) {
    for cpu in 0..<cpuCount {
      let isHigh = state.controller.irqOutput(cpu: cpu)
      let bit: UInt8 = 1 << cpu
      guard isHigh != (state.driven & bit != 0) else { continue }
      state.driven ^= bit
      try outputs[cpu].sink.setLine(outputs[cpu].line, isHigh: isHigh)
    }
  }
}

/// What an output of the platform's interrupt controller leads to, and by which number.
struct ControllerOutput: Sendable {
  let sink: any InterruptSink
  let line: Int
}

/// A vCPU's private inputs of the interrupt controller; a line's number is its interrupt's.
final class PrivateInputs: InterruptSink {
  private let controller: any PlatformInterruptController
  private let cpu: Int

  init(of controller: any PlatformInterruptController, cpu: Int) {
    self.controller = controller
    self.cpu = cpu
  }

  var isListening: Bool { controller.isInitialised }

  func setLine(_ line: Int, isHigh: Bool) throws(KVMError) {
    try controller.setPrivateLine(line, cpu: cpu, isHigh: isHigh)
  }
}
