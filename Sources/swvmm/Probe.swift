import ArgumentParser
import Experiments
import JSON
import KVM
import TimerModels
import VMM

/// `swvmm probe`: what this host's KVM offers, and how it behaves.
struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe",
    abstract: "Report what this host's KVM offers, and how it behaves where backends differ.",
    discussion: """
      Behaviours are determined by booting guests in throw-away machines, not from CPUID or the \
      kernel's version.
      """)

  @OptionGroup var result: ResultFormat
  private var json: Bool { result.isJSON }

  func run() throws {
    let system = try exiting { try KVMSystem() }
    let extensions = Capability.probed.map { (name: $0.name, value: system.value(of: $0)) }
    let host = KernelUnderTest.current
    if json {
      let behaviours = Self.behaviours(HostProbe(system))
      return try publish(
        jsonDocument(
          "probe",
          [
            .init("kernel", .string(host.release)),
            .init("module", host.module.map { .string($0) } ?? .null),
            .init(
              "extensions",
              .object(extensions.map { .init($0.name, .integer(Int64($0.value))) })),
            .init("behaviours", .object(behaviours.map { .init($0.key, $0.value) })),
          ]))
    }
    try publish("\(host)\n")
    try publish("capabilities (KVM_CAP_..., 0: absent)\n")
    for (name, value) in extensions { try publish(Self.line(name, "\(value)")) }
    let behaviours = Self.behaviours(HostProbe(system))
    try publish("behaviours (from experiments)\n")
    for behaviour in behaviours { try publish(Self.line(behaviour.title, behaviour.text)) }
  }

  /// One experiment's result, for people and for programs.
  private struct Behaviour {
    let key: String
    let title: String
    let text: String
    let value: JSONValue
  }

  private static func behaviours(_ probe: HostProbe) -> [Behaviour] {
    [
      behaviour(
        "interruptReturn32", "32-bit iret", probe.interruptReturn32, { $0 ? "works" : "fails" },
        { .bool($0) }),
      behaviour(
        "kernelInstructions", "cmpxchg16b, int3 at CPL 0", probe.kernelInstructions,
        { $0 ? "work" : "fail: no Linux boots here" }, { .bool($0) }),
      deliveries("deliveriesUser", "long mode, --irqchip user", probe.deliveriesUser),
      deliveries("deliveriesKernel", "in-kernel IOAPIC, level", probe.deliveriesKernel),
      deliveries("deliveriesSplit", "split controllers, level", probe.deliveriesSplit),
      behaviour(
        "tscWrites", "host writes of IA32_TSC", probe.tscWrites, { $0.rawValue },
        { .string($0.rawValue) }),
      behaviour(
        "tscRules", "rules for TSC writes", probe.tscRules,
        { $0.name.map { "as Linux \($0)" } ?? "as no known Linux" },
        { $0.name.map { .string($0) } ?? .null }),
      behaviour(
        "instructionPointerAtPortExit", "RIP at a port exit", probe.instructionPointer,
        { $0.rawValue }, { .string($0.rawValue) }),
      behaviour(
        "debugRegisters", "debug registers", probe.debugRegisters,
        { $0 ? "stop a guest" : "stop no guest: --gdb puts breakpoints into memory" }, { .bool($0) }
      ),
      behaviour(
        "breakpointInstructions", "int3 for a debugger", probe.breakpointInstructions,
        { $0 ? "stops a guest" : "stops no guest: --gdb has breakpoints with --irqchip user only" },
        { .bool($0) }),
    ]
  }

  private static func deliveries(
    _ key: String, _ title: String, _ finding: HostProbe.Finding<Int>
  ) -> Behaviour {
    behaviour(
      key, title, finding,
      { count in
        switch count {
        case 0: "an interrupt is lost"
        case 1: "an interrupt is delivered once"
        default: "an interrupt is delivered \(count) times"
        }
      }, { .integer(Int64($0)) })
  }

  private static func behaviour<Value>(
    _ key: String, _ title: String, _ finding: HostProbe.Finding<Value>,
    _ text: (Value) -> String, _ value: (Value) -> JSONValue
  ) -> Behaviour {
    switch finding {
    case .found(let found):
      Behaviour(key: key, title: title, text: text(found), value: value(found))
    case .unknown(let reason):
      Behaviour(key: key, title: title, text: "unknown: \(reason)", value: .null)
    }
  }

  private static func line(_ name: String, _ value: String) -> String {
    "  " + name + String(repeating: " ", count: max(2, 28 - name.count)) + value + "\n"
  }
}
