internal import ForeignDevice
internal import LinuxHost
internal import TimerModels

/// The devices of a machine that are not ours: one adapter's process per device.
///
/// *Who asks an adapter, on which thread:* the thread that holds the device's lock, one request per operation. That is
/// the thread of the vCPU whose guest accesses the device, waits for its alarm or is woken by it; the
/// supervising thread when the host timer, armed for the alarm as it is for our devices, expires, and when
/// the machine is looked at or restored; in virtual time the one thread that there is. A checkpoint asks for
/// nothing: every answer has the device's state. So vCPUs wait for each other's adapters only where
/// they share a device.
///
/// *Where an adapter falls short* the run ends by that (``Machine/stop(_:)``), and what the device answers from then
/// on is 0: the guest is not entered again to see it.
struct ForeignDevices: Sendable {
  /// What each process says that it is.
  let identity: AdapterIdentity
  /// All of them.
  private var adapters: [Adapter] = []
  /// Of the generic timers, from where they are.
  private var firstGenericTimer: Int?
  private var controllerAdapter: Adapter?
  private var countCompareCount = 0

  /// Starts the processes, and makes sure that all are what the first is.
  ///
  /// - Parameters:
  ///   - command: A command line for `/bin/sh`.
  ///   - cpus: The number of vCPUs.
  /// - Throws: ``AdapterError`` with the reason.
  init(running command: String, cpus: Int) throws(AdapterError) {
    let first = try Adapter(running: command, for: .run)
    identity = first.identity
    let kinds = identity.kinds
    adapters = [first]
    let timers = [kinds.contains(.countCompare), kinds.contains(.genericTimer)].count { $0 } * cpus
    let count = timers + (kinds.contains(.interruptController) ? 1 : 0)
    while adapters.count < count {
      let next = try Adapter(running: command, for: .run)
      guard next.identity == identity else {
        throw AdapterError(
          command: command, problem: .malformed("started again, it says that it is something else"))
      }
      adapters.append(next)
    }
    countCompareCount = kinds.contains(.countCompare) ? cpus : 0
    firstGenericTimer = kinds.contains(.genericTimer) ? countCompareCount : nil
    controllerAdapter = kinds.contains(.interruptController) ? adapters.last : nil
  }

  /// The process id of each.
  var processIDs: [Int32] { adapters.map(\.processID) }

  /// Has the first failure of each told.
  func onFailure(_ listener: @escaping @Sendable (AdapterError) -> Void) {
    for adapter in adapters { adapter.onFailure(listener) }
  }

  /// Refuses to continue where one has failed.
  func check() throws(AdapterError) {
    for adapter in adapters { if let failure = adapter.failure { throw failure } }
  }

  /// Makes sure that the devices can be saved.
  func demandSaving() throws(AdapterError) {
    guard identity.stateSize == 0 || identity.hasPrivateStates else { return }
    throw AdapterError(
      command: adapters[0].command,
      problem: .unsupported(
        identity.stateSize == 0
          ? "its state cannot be saved" : "its state means nothing to another process"))
  }

  // MARK: The devices

  /// The place of a vCPU's Count/Compare timer; nil where that is ours.
  func countCompare(
    cpu: Int, _ clock: MachineClock, sink: (any InterruptSink)?, _ recording: Recording
  ) throws(MachineError) -> (any PlatformCountCompare)? {
    guard cpu < countCompareCount else { return nil }
    do {
      let kind = try ForeignCountCompareTimer(adapters[cpu])
      let frequency = (try? CountFrequency(hertz: identity.frequency)) ?? .default
      let recorder = TimerRecorder(of: .countCompare, cpu: cpu, recording)
      return try CountCompareDevice(clock, sink: sink, recorder: recorder) {
        CP0Page(kind.restarted(at: $0, frequency: frequency))
      }
    } catch let error as AdapterError { throw .adapter(error) } catch let error as SystemError {
      throw .system(error)
    } catch { preconditionFailure("\(error)") }
  }

  /// The place of a vCPU's generic timer, whose counts start from 0 at `start`; nil where that is ours.
  func genericTimer(
    cpu: Int, _ clock: MachineClock, startingAt start: Instant, sink: (any InterruptSink)?,
    _ recording: Recording
  ) throws(MachineError) -> (any PlatformGenericTimer)? {
    guard let firstGenericTimer else { return nil }
    do {
      let kind = try ForeignGenericTimer(adapters[firstGenericTimer + cpu])
      let frequency = (try? CounterFrequency(hertz: identity.frequency)) ?? .default
      return try GenericTimerDevice<ForeignGenericTimer, LineMemory>(
        clock, sink: sink, recorder: TimerRecorder(of: .genericTimer, cpu: cpu, recording)
      ) { _ in GenericTimerPage(kind.restarted(at: start, frequency: frequency)) }
    } catch let error as AdapterError { throw .adapter(error) } catch let error as SystemError {
      throw .system(error)
    } catch { preconditionFailure("\(error)") }
  }

  /// The place of the interrupt controller, which serves as many CPUs as it says; nil where that is ours.
  func controller(
    outputs: [ControllerOutput], isInitialised: Bool
  ) throws(MachineError) -> (any PlatformInterruptController)? {
    guard let controllerAdapter else { return nil }
    let outputs = Array(outputs.prefix(identity.cpus))
    do {
      let kind = try ForeignInterruptController(controllerAdapter)
      return InterruptControllerDevice(
        kind.restarted(cpuCount: outputs.count), outputs: outputs, isInitialised: isInitialised)
    } catch { throw .adapter(error) }
  }
}
