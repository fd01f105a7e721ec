import ArgumentParser
import Experiments
import KVM
import LinuxHost
import Measurement
import VMM

/// `swvmm torture`: KVM's own timers, saved and restored at every place.
struct Torture: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "torture",
    abstract: "Cut guests of KVM's own timers at every place, and count what is lost or doubled.",
    discussion: """
      x
      """)

  @Argument(help: "Subjects; all by default.")
  var subjects: [String] = []

  func run() throws {
    let system = try exiting { try KVMSystem() }
    KickSignal.install()
    let image = try BootImage(BuiltInGuest.named("conserve")!.file)
    for subject in TortureSubject.allCases where !subject.isOwn && (subjects.isEmpty || subjects.contains(subject.rawValue)) {
      let start = MonotonicClock.now()
      let report = try TortureSearch(subject, image).run(on: system)
      try publish("\(subject.rawValue): \(report.cuts) cuts, \(report.missed) missed, \((MonotonicClock.now() - start) / 1_000_000) ms, sampled \(report.sampledOrders) odd \(report.oddOrders)\n")
      for finding in report.findings {
        try publish("  \(finding.verdict.rawValue): \(finding.count), \(finding.phase.map { $0.rawValue } ?? "?"): \(finding.shortest)\n")
      }
      for rule in report.rules {
        try publish("  \(rule.isOfGets ? "GET" : "SET") \(rule.pair.first.name) before \(rule.pair.second.name): \(rule.verdicts)\n")
      }
    }
  }
}
