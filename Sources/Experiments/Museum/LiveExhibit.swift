public import BugMuseum
internal import KVM
internal import LinuxHost
internal import TimerModels
internal import VMM

/// A historic bug that a guest shows on KVM.
///
/// The guest runs twice on the same devices, with the right rules and with the bug's. Time is
/// virtual, so what it finds is the same each time; KVM is what carries the guest out and delivers its
/// interrupts.
public struct LiveExhibit: Sendable {
  private let exhibit: Exhibit
  private let demonstration: Demonstration

  /// Nil for a bug that no guest shows.
  public init?(_ exhibit: Exhibit) {
    guard let demonstration = exhibit.demonstration else { return nil }
    self.exhibit = exhibit
    self.demonstration = demonstration
  }

  /// The test's name: `live/` and the bug's id.
  public var name: String { "live/\(exhibit.id)" }
  /// What the bug is, in a line.
  public var title: String { exhibit.title }

  /// Puts the bug in the right rules' place.
  private func install(in configuration: inout MachineConfiguration) {
    guard let rules = PlatformRules(with: demonstration.fault) else {
      preconditionFailure("TSCs are KVM's own: a machine has no rules for them")
    }
    configuration.rules = rules
  }
}

extension LiveExhibit {
  /// Tests them in turn, or says of each why that cannot be done on this host.
  ///
  /// An interruption leaves out those after the one that it meets, a signal that one, too.
  ///
  /// - Parameters:
  ///   - exhibits: What is to be shown.
  ///   - isInterrupted: Asked before each: whether to end with the results so far.
  ///   - report: Is given each result when it is there.
  /// - Throws: What `report` throws.
  public static func test(
    _ exhibits: [LiveExhibit], unless isInterrupted: () -> Bool,
    _ report: (Regression.Result) throws -> Void
  ) throws {
    let system: KVMSystem
    do { system = try KVMSystem() } catch {
      for exhibit in exhibits { try report(exhibit.result(skipped: "\(error)")) }
      return
    }
    // A host that delivers one interrupt twice shows the guest an interrupt without a cause.
    let deliveries = HostProbe.countDeliveries(.user, on: system)
    for exhibit in exhibits {
      if isInterrupted() { return }
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
      let faulty = try run(on: system, install)
      result.detail +=
        ": \(Self.verdict(right)) with the right timer, \(Self.verdict(faulty)) with the bug"
      if right != .exited(code: 0) {
        result.shortfall = "the guest reports a bug in the right timer"
      } else if !Self.isCaught(faulty) {
        result.shortfall = "the guest does not report the bug"
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
    guard let builtIn = BuiltInGuest.named(demonstration.guest) else {
      preconditionFailure("no guest \(demonstration.guest)")
    }
    var configuration = MachineConfiguration()
    configuration.cpus = demonstration.cpus
    configuration.time = .virtual(exitCost: 1000)
    configuration.console = nil
    configuration.readsInput = false
    change(&configuration)
    return try Machine(
      configuration, on: system, image: BootImage(builtIn.file),
      commandLine: [UInt8](demonstration.arguments.utf8)
    ).run().outcome
  }

  private func result(skipped reason: String? = nil) -> Regression.Result {
    let words = [demonstration.guest, demonstration.arguments].filter { !$0.isEmpty }
    return Regression.Result(
      name: name, group: "live", title: title,
      detail: words.joined(separator: " "), skipReason: reason)
  }
}
