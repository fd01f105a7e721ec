import ArgumentParser
import Experiments
import JSON
import KVM
import VMM

/// `swvmm probe`: what this host's KVM offers, and how it behaves.
struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Report what this host's KVM offers, and how it behaves where backends differ.",
    discussion: """
      Behaviours are determined by booting guests in throw-away machines, not from CPUID or the \
      kernel's version. An unusual behaviour is followed by what it means, and for which commands.
      """)

  @OptionGroup var result: ResultFormat

  func run() throws {
    let system = try exiting { try KVMSystem() }
    let extensions = Capability.probed.map { (name: $0.name, value: system.value(of: $0)) }
    let provenance = Provenance.current
    guard !result.isJSON else {
      let behaviours = ProbeBehaviour.all(HostProbe(system))
      return try publish(jsonDocument(.probe, Self.members(provenance, extensions, behaviours)))
    }
    try publish("host\n")
    try publish(Self.line("kernel", provenance.host.release))
    try publish(Self.line("KVM module", provenance.host.module ?? "none that is known"))
    try publish(Self.line("processor", provenance.processor ?? "unknown"))
    try publish("capabilities (KVM_CAP_..., 0: absent)\n")
    for (name, value) in extensions { try publish(Self.line(name, "\(value)")) }
    let behaviours = ProbeBehaviour.all(HostProbe(system))
    try publish("behaviours (from experiments)\n")
    for behaviour in behaviours {
      try publish(Self.line(behaviour.title, behaviour.text))
      if let meaning = behaviour.meaning {
        try publish(wordLines(meaning.split(separator: " ").map(String.init), after: "      "))
      }
    }
  }

  private static func members(
    _ provenance: Provenance, _ extensions: [(name: String, value: Int)],
    _ behaviours: [ProbeBehaviour]
  ) -> [JSONValue.Member] {
    [
      .init("kernel", .string(provenance.host.release)),
      .init("module", provenance.host.module.map { .string($0) } ?? .null),
      .init("processor", provenance.processor.map { .string($0) } ?? .null),
      .init(
        "extensions", .object(extensions.map { .init($0.name, .integer(Int64($0.value))) })),
      .init("behaviours", .object(behaviours.map { .init($0.key, $0.value) })),
      .init(
        "meanings",
        .object(
          behaviours.compactMap { behaviour in
            behaviour.meaning.map { .init(behaviour.key, .string($0)) }
          })),
    ]
  }

  private static func line(_ name: String, _ value: String) -> String {
    "  " + name + String(repeating: " ", count: max(2, 28 - name.count)) + value + "\n"
  }
}
