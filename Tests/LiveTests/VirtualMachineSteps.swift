import GuestImages
import KVM
import LinuxHost
import Testing

@testable import VMM

/// A machine in virtual time, driven exit by exit on the calling thread, with no supervisor.
final class VirtualMachineSteps {
  let machine: Machine
  private var scheduler: VirtualScheduler

  private static let exitCost: UInt64 = 1000

  /// - Parameters:
  ///   - guest: A built-in guest's name.
  ///   - arguments: What it is told.
  ///   - cpus: vCPUs.
  /// - Throws: Where the machine cannot be built.
  init(_ guest: String, _ arguments: String, cpus: Int) throws {
    var configuration = Self.configuration
    configuration.cpus = cpus
    let image = try BootImage(#require(BuiltInGuest.named(guest)).file)
    machine = try Machine(
      configuration, on: KVMSystem(), image: image, commandLine: Array(arguments.utf8))
    scheduler = try VirtualScheduler(machine, exitCost: Self.exitCost)
  }

  init(restoring file: String, on system: borrowing KVMSystem) throws {
    machine = try Machine(
      restoring: file, Self.configuration, on: system, countsStoppedTime: false)
    scheduler = try VirtualScheduler(machine, exitCost: Self.exitCost)
  }

  /// What is recorded goes nowhere else.
  static var configuration: MachineConfiguration {
    var configuration = MachineConfiguration()
    configuration.time = .virtual(exitCost: exitCost)
    configuration.memorySize = 4 << 20
    configuration.recording = .trace
    configuration.console = nil
    configuration.readsInput = false
    return configuration
  }

  /// How many events each vCPU has recorded.
  private var eventCounts: [Int] { scheduler.loops.map { $0.recorder.trace.events.count } }

  /// Takes one step: an instruction with all its exits, or the wait for an alarm.
  ///
  /// - Returns: What happened, vCPU by vCPU.
  func step() -> [TraceEvent] {
    let before = eventCounts
    do { try scheduler.step() } catch { machine.stop(.failed(.kvm(error))) }
    return zip(scheduler.loops, before).flatMap { loop, count in
      loop.recorder.trace.events.dropFirst(count)
    }
  }

  /// Saves the machine where it stands.
  func save(to file: String) throws {
    for loop in scheduler.loops { try loop.settle() }
    scheduler.publish()
    try machine.writeCheckpoint(to: file)
  }
}
