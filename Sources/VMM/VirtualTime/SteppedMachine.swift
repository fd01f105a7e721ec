internal import CKVM
public import KVM
public import LinuxHost

/// A machine of one vCPU that stops behind each instruction, driven on the calling thread: it can be saved at any of
/// them, and continues.
///
/// *Assumes:* the guest runs where addresses are physical, and nothing but the guest itself, KVM's own timers and the
/// lab port interrupts it: nothing supervises this program's timers here. `KickSignal.install()` was
/// called, and the thread does not hold that signal back.
public final class SteppedMachine {
  private let machine: Machine
  private let loop: VCPULoop
  private let kicks: KickTimer
  private var isStepping = false
  /// For how long it may still be stepped, in nanoseconds.
  ///
  /// *Why not until when:* between its steps it is saved, as often as there are instructions, and what is brought back
  /// runs.
  private var rest: UInt64

  private static let haltOpcode: UInt8 = 0xf4

  /// Takes a machine that has not run.
  ///
  /// - Parameter machine: It; of its timeout the time counts in which it is stepped.
  /// - Throws: `SystemError` where no timer can be made, or no memory had.
  public init(_ machine: Machine) throws(SystemError) {
    precondition(machine.vcpus.count == 1, "one vCPU is stepped")
    kicks = try KickTimer()
    self.machine = machine
    loop = try VCPULoop(machine.vcpus[0], of: machine)
    rest = machine.configuration.timeoutNanoseconds
  }

  /// How it ended; nil as long as it has not.
  public var outcome: Outcome? { machine.result }

  /// Where the guest is.
  ///
  /// - Throws: `KVMError` naming the request.
  public func instructionPointer() throws(KVMError) -> UInt64 {
    try machine.vcpus[0].handle.registers().rip
  }

  /// Runs up to the next stop: behind an instruction, with the exits that it makes.
  ///
  /// *Why not over HLT:* some backends postpone the halt behind the instruction after it, where nothing wakes the vCPU.
  ///
  /// - Returns: Whether the guest continues.
  /// - Throws: `KVMError` naming the request.
  public func step() throws(KVMError) -> Bool {
    let start = MonotonicClock.now()
    kicks.set(in: rest)
    defer {
      kicks.clear()
      rest -= min(rest, MonotonicClock.now() - start)
    }
    let vcpu = machine.vcpus[0]
    let next = machine.shared.handle.memory.bytes(at: try instructionPointer(), count: 1)
    try setStepping(next != [Self.haltOpcode])
    vcpu.handle.requestImmediateExit(false)
    var exit = try vcpu.handle.enter()
    // A signal that is not the timer's changes nothing.
    while exit == .interrupted && MonotonicClock.now() - start < rest {
      exit = try vcpu.handle.enter()
    }
    if exit == .interrupted { machine.stop(.timedOut) }
    // The completion of an access is a step, too.
    while exit != .interrupted {
      switch exit {
      case .debug: break
      default: try loop.handle(exit, output: vcpu.handle.output(of: exit))
      }
      exit = try vcpu.handle.completeExit()
    }
    try loop.settle()
    return !machine.isStopping
  }

  /// Writes a checkpoint of it.
  ///
  /// - Parameter file: Where to.
  /// - Throws: ``CheckpointError`` naming the request or the file.
  public func save(to file: String) throws(CheckpointError) {
    try machine.writeCheckpoint(to: file)
  }

  private func setStepping(_ isOn: Bool) throws(KVMError) {
    guard isOn != isStepping else { return }
    isStepping = isOn
    try machine.vcpus[0].handle.setSingleStep(isOn)
  }
}
