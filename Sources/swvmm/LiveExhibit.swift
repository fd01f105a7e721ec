import BugMuseum
import KVM
import LinuxHost
import TimerModels
import VMM

/// An exhibit of the museum that a guest can show on KVM.
///
/// The guest runs twice on the same devices, with the right rules and with the exhibit's. Time is
/// virtual, so what it finds is the same each time; KVM is what carries the guest out and delivers its
/// interrupts.
struct LiveExhibit: Sendable {
  /// The exhibit's id.
  var id: String
  /// The built-in guest that finds it.
  var guest: String
  /// What the guest is told.
  var arguments = ""
  /// How many vCPUs it needs.
  var cpus = 1
  /// Puts the exhibit in the right rules' place.
  var plant: @Sendable (inout MachineConfiguration) -> Void

  /// All of them.
  static let all = countCompare + genericTimer

  private static let countCompare = [
    timer("mips-freeze-lost-irq", FreezeLostInterrupt.self, shownBy: "freeze-race", "5000"),
    timer("mips-fixed-10ms-tick", FixedTick.self, shownBy: "freeze-race", "5000"),
    timer("qemu-mips-write-while-stopped", WriteWhileStopped.self, shownBy: "freeze-race", "5000"),
    timer("mips-compare-ack-race", CompareAcknowledgeRace.self, shownBy: "ack-race", "300"),
    timer("mips-dc-ignored", DisableCountIgnored.self, shownBy: "count-continuity", "10"),
    timer("mips-rdhwr-cc-stale", StaleCycleCounter.self, shownBy: "count-continuity", "10"),
    timer("qemu-mips-rdhwr-delta", CycleCounterDelta.self, shownBy: "count-continuity", "10"),
  ]

  private static let genericTimer = [
    LiveExhibit(id: "arm-ckpt-masked-timer", guest: "gtick", arguments: "20") {
      $0.genericTimerRules = MaskAtExpiry.self
    },
    LiveExhibit(id: "qemu-gt-ctl-triple", guest: "gtick", arguments: "20") {
      $0.genericTimerRules = MaskInverted.self
    },
    controller("arm-edge-timer-stale-irq", EdgeTimerLine.self),
    controller("gic-icpendr-clears-level", ClearPendingClearsLevel.self),
    controller("gic-enable-uses-stale-line", EnableUsesStaleLine.self),
    controller("qemu-gic-one-pending-bit", OnePendingBit.self),
    controller("qemu-gic-ppi-forced-edge", PrivateInterruptsReadAsEdge.self),
  ]

  private static func timer(
    _ id: String, _ rules: any CountCompareRules.Type, shownBy guest: String, _ arguments: String
  ) -> LiveExhibit {
    LiveExhibit(id: id, guest: guest, arguments: arguments) { $0.countCompareRules = rules }
  }

  private static func controller(
    _ id: String, _ rules: any InterruptControllerRules.Type
  ) -> LiveExhibit {
    LiveExhibit(id: id, guest: "level", cpus: 2) { $0.controllerRules = rules }
  }
}

extension LiveExhibit {
  /// Tests them in turn, or says of each why that cannot be done on this host.
  ///
  /// A signal leaves out the one that it meets and those after it.
  static func test(
    _ exhibits: [LiveExhibit], _ report: (Regression.Result) throws -> Void
  ) throws {
    let system: KVMSystem
    do { system = try KVMSystem() } catch {
      for exhibit in exhibits { try report(exhibit.result(skipped: "\(error)")) }
      return
    }
    // A host that delivers one interrupt twice shows the guest an interrupt without a cause.
    let deliveries = HostProbe.countDeliveries(.user, on: system)
    for exhibit in exhibits {
      if ProcessSignals.ending != nil { return }
      switch deliveries {
      case .found(1):
        let result = exhibit.test(on: system)
        if ProcessSignals.ending != nil { return }
        try report(result)
      case .found(let count):
        try report(exhibit.result(skipped: "KVM delivers one interrupt \(count) times here"))
      case .unknown(let reason): try report(exhibit.result(skipped: reason))
      }
    }
  }

  private func test(on system: borrowing KVMSystem) -> Regression.Result {
    var result = result()
    do {
      let right = try run(on: system) { _ in }
      let faulty = try run(on: system, plant)
      result.detail +=
        ": \(Self.verdict(right)) with the right rules, \(Self.verdict(faulty)) with the fault"
      if right != .exited(code: 0) {
        result.shortfall = "the guest finds fault with the right rules"
      } else if !Self.isCaught(faulty) {
        result.shortfall = "the guest does not find it"
      }
    } catch {
      result.shortfall = "\(error)"
    }
    return result
  }

  /// Whether the guest said that something is wrong, or waits for an interrupt that never comes.
  private static func isCaught(_ outcome: Outcome) -> Bool {
    switch outcome {
    case .exited(let code): code != 0
    case .dead: true
    default: false
    }
  }

  private static func verdict(_ outcome: Outcome) -> String {
    switch outcome {
    case .exited(let code): "exit status \(code)"
    case .dead: "dead"
    default: "\(outcome)"
    }
  }

  private func run(
    on system: borrowing KVMSystem, _ change: (inout MachineConfiguration) -> Void
  ) throws -> Outcome {
    guard let builtIn = BuiltInGuest.named(guest) else { preconditionFailure("no guest \(guest)") }
    var configuration = MachineConfiguration()
    configuration.cpus = cpus
    configuration.time = .virtual(exitCost: 1000)
    configuration.console = nil
    configuration.readsInput = false
    change(&configuration)
    return try Machine(
      configuration, on: system, image: BootImage(builtIn.file),
      commandLine: [UInt8](arguments.utf8)
    ).run().outcome
  }

  private func result(skipped reason: String? = nil) -> Regression.Result {
    guard let exhibit = Museum.exhibit(id) else { preconditionFailure("no exhibit \(id)") }
    let words = arguments.isEmpty ? guest : "\(guest) \(arguments)"
    return Regression.Result(
      name: "live/\(id)", group: "live", title: exhibit.title, detail: words, skipReason: reason)
  }
}
