import BugMuseum
import GuestImages
import KVM
import LinuxHost
import TestSupport
import Testing
import TimerModels

@testable import VMM

extension LiveUntimed {
  /// Machines of this process, saved and restored while their guests check their timers.
  @Suite("Checkpointed machines", .requiresKVM, .timeLimit(.minutes(15)))
  final class CheckpointMachineTests {
    private let folder = TemporaryFolder()
    private var file: String { folder.path + "/checkpoint" }

    private func configuration(_ time: TimeSource) -> MachineConfiguration {
      var configuration = MachineConfiguration()
      configuration.console = .error
      configuration.readsInput = false
      configuration.time = time
      return configuration
    }

    private func start(
      _ guest: String, _ arguments: String, _ configuration: MachineConfiguration
    ) throws -> RunResult {
      let image = try BootImage(#require(BuiltInGuest.named(guest)).file)
      return try Machine(
        configuration, on: KVMSystem(), image: image, commandLine: Array(arguments.utf8)
      ).run()
    }

    private func restore(_ configuration: MachineConfiguration) throws -> Outcome {
      try Machine(restoring: file, configuration, on: KVMSystem(), countsStoppedTime: false).run()
        .outcome
    }

    // MARK: Historic faults

    /// How a run ends that is cut after some exit, and continues in another machine.
    private func outcome(
      of guest: String, _ arguments: String = "", cutAt exit: Int,
      _ configuration: MachineConfiguration
    ) throws -> Outcome {
      var first = configuration
      first.checkpoint = CheckpointPlan(.exit(UInt64(exit)), file: file, keepsRunning: false)
      #expect(try start(guest, arguments, first).outcome == .checkpointed(file: file))
      return try restore(configuration)
    }

    /// The number of the first exit of a kind in a whole run in virtual time, from 1.
    private func number(
      ofFirst kind: VCPUExit, in guest: String, _ arguments: String = ""
    ) throws -> Int {
      var configuration = configuration(.virtual(exitCost: 1000))
      configuration.recording = .trace
      let exits = try start(guest, arguments, configuration).trace.compactMap { event in
        if case .exit(let exit) = event.content { exit } else { nil }
      }
      return try #require(exits.firstIndex(of: kind)) + 1
    }

    /// In virtual time, so that the guest is at the same place at each exit, always.
    ///
    /// The exits from the halt on: the handler's load of CNTVCT, its acknowledgement, the store to
    /// CVAL that lowers the line, the end of the interrupt, the next halt.
    @Test("of all cuts around a tick, a fault loses or doubles it at those that it explains")
    func faults() throws {
      let halt = try number(ofFirst: .halt, in: "gtick", "2")
      func failures(_ change: (inout MachineConfiguration) -> Void) throws -> [Int: Outcome] {
        var configuration = configuration(.virtual(exitCost: 1000))
        change(&configuration)
        var failures: [Int: Outcome] = [:]
        for exits in 0...5 {
          let outcome = try outcome(of: "gtick", "2", cutAt: halt + exits, configuration)
          if outcome != .exited(code: 0) { failures[exits] = outcome }
        }
        return failures
      }
      #expect(try failures { _ in } == [:])
      // The line is high, the controller has not been brought back when the timer says so.
      #expect(try failures { $0.rules.lineMemory = LevelCachedBeforeController.self } == [1: .dead])
      // Acknowledged; the line that is still high is latched anew.
      #expect(
        try failures { $0.rules.controller = EdgeTimerStaleInterrupt.self } == [2: .exited(code: 1)]
      )
    }

    /// `level` writes CTL at every step, so that it gets along with a timer that masks itself.
    @Test("a timer that was masked at its expiry takes the mask along and leaves the interrupt")
    func maskedTimer() throws {
      let pending = VCPUExit.load(address: UInt64(PLATFORM_GICD) + 0x200, size: 4)
      let look = try number(ofFirst: pending, in: "level")
      var configuration = configuration(.virtual(exitCost: 1000))
      #expect(try outcome(of: "level", cutAt: look, configuration) == .exited(code: 0))
      configuration.rules.genericTimer = MaskAtExpiry.self
      #expect(try start("level", "", configuration).outcome == .exited(code: 0))
      #expect(try outcome(of: "level", cutAt: look, configuration) == .exited(code: 1))
    }

    // MARK: On the host's time

    /// The guests count what they are to get and what they get; they exit with 0 if it is the same.
    @Test(
      "no tick is lost or doubled, however often the machine is saved and restored",
      arguments: [(IRQChip.user, 150), (.kernel, 50), (.split, 50)], ["gtick", "tick"])
    func chain(controller: (IRQChip, cycles: Int), guest: String) throws {
      let cycles = repetitions(controller.cycles)
      var random = SplitMix64(seed: UInt64(cycles))
      var configuration = configuration(.host)
      configuration.irqchip = controller.0
      func plan() -> CheckpointPlan {
        CheckpointPlan(.exit(.random(in: 1...12, using: &random)), file: file, keepsRunning: false)
      }
      configuration.checkpoint = plan()
      // A tick takes at least four exits, so the guest is at it all the time.
      let first = try start(guest, "\(3 * cycles + 3) 1000", configuration).outcome
      #expect(first == .checkpointed(file: file))
      for cycle in 1..<cycles {
        configuration.checkpoint = plan()
        #expect(try restore(configuration) == .checkpointed(file: file), "cycle \(cycle)")
      }
      configuration.checkpoint = nil
      #expect(try restore(configuration) == .exited(code: 0))
    }
  }
}
