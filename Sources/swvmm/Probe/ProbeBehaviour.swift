import JSON
import TimerModels
import VMM

/// What an experiment of `swvmm probe` found, for people and for programs.
struct ProbeBehaviour {
  let key: String
  let title: String
  let text: String
  let value: JSONValue
  /// What it means for a user, with the commands that it touches; nil where it is as on most hosts.
  let meaning: String?

  /// Names a finding.
  ///
  /// - Parameters:
  ///   - key: Its name in documents.
  ///   - title: Its name for people.
  ///   - finding: What was found.
  ///   - text: A value in words.
  ///   - value: A value in documents.
  ///   - meaning: What a value means for a user; nil: nothing.
  init<Value>(
    _ key: String, _ title: String, _ finding: HostProbe.Finding<Value>,
    _ text: (Value) -> String, _ value: (Value) -> JSONValue, meaning: (Value) -> String?
  ) {
    self.key = key
    self.title = title
    switch finding {
    case .found(let found):
      self.text = text(found)
      self.value = value(found)
      self.meaning = meaning(found)
    case .unknown(let reason):
      self.text = "unknown: \(reason)"
      self.value = .null
      self.meaning = nil
    }
  }
}

extension ProbeBehaviour {
  /// All behaviours that were determined.
  static func all(_ probe: HostProbe) -> [ProbeBehaviour] {
    instructions(probe)
      + [
        deliveries(
          "deliveriesUser", "long mode, --irqchip user", probe.deliveriesUser,
          "guests that count interrupts miscount with `run --irqchip user`, the default, and `regress --live` "
            + "shows no bug in a guest"),
        deliveries(
          "deliveriesKernel", "in-kernel IOAPIC, level", probe.deliveriesKernel,
          "`measure --route irq-line` counts these as spurious, and guests with a level interrupt miscount with "
            + "`run --irqchip kernel`; edges, MSI and --irqchip user are not concerned"),
        deliveries(
          "deliveriesSplit", "split controllers, level", probe.deliveriesSplit,
          "guests with a level interrupt miscount with `run --irqchip split`"),
      ] + timeStampCounters(probe)
      + [
        ProbeBehaviour(
          "instructionPointerAtPortExit", "RIP at a port exit", probe.instructionPointer,
          { $0.rawValue }, { .string($0.rawValue) },
          meaning: {
            $0 == .onInstruction
              ? nil
              : "a VMM must not compute where an `out` was from RIP; checkpoints and --gdb here complete the exit "
                + "first, and need nothing"
          })
      ] + debugging(probe)
  }

  private static func instructions(_ probe: HostProbe) -> [ProbeBehaviour] {
    [
      ProbeBehaviour(
        "interruptReturn32", "32-bit iret", probe.interruptReturn32, { $0 ? "works" : "fails" },
        { .bool($0) },
        meaning: {
          $0
            ? nil
            : "a guest of `run` that takes interrupts in 32-bit protected mode ends with 102; write it for long "
              + "mode, as `guest new` does; of `kut`, tests of 32 bits fail"
        }),
      ProbeBehaviour(
        "kernelInstructions", "cmpxchg16b, int3 at CPL 0", probe.kernelInstructions,
        { $0 ? "work" : "fail: no Linux boots here" }, { .bool($0) },
        meaning: {
          $0
            ? nil
            : "`run` refuses Linux with 69 (--boot tries all the same); KVM emulates CPL 0 here, so `measure` "
              + "has an emulator's time in each handler"
        }),
    ]
  }

  private static func timeStampCounters(_ probe: HostProbe) -> [ProbeBehaviour] {
    [
      ProbeBehaviour(
        "tscWrites", "host writes of IA32_TSC", probe.tscWrites, { $0.rawValue },
        { .string($0.rawValue) },
        meaning: {
          $0 == .honoured
            ? nil
            : "`run --tsc-writes` and --explain-tsc show what KVM was asked for, and nothing comes of it; after "
              + "`restore` a guest's TSC is the host's"
        }),
      ProbeBehaviour(
        "tscRules", "rules for TSC writes", probe.tscRules,
        { $0.name.map { "as Linux \($0)" } ?? "as no known Linux" },
        { $0.name.map { .string($0) } ?? .null },
        meaning: {
          $0.name == nil
            ? "what `tsc` and --explain-tsc predict need not be what this KVM does" : nil
        }),
    ]
  }

  private static func debugging(_ probe: HostProbe) -> [ProbeBehaviour] {
    [
      ProbeBehaviour(
        "debugRegisters", "debug registers", probe.debugRegisters,
        { $0 ? "stop a guest" : "stop no guest: --gdb puts breakpoints into memory" },
        { .bool($0) },
        meaning: {
          $0
            ? nil
            : "`run --gdb` puts hardware breakpoints (hbreak) into the guest's memory, as break does"
        }),
      ProbeBehaviour(
        "breakpointInstructions", "int3 for a debugger", probe.breakpointInstructions,
        { $0 ? "stops a guest" : "stops no guest: --gdb has breakpoints with --irqchip user only" },
        { .bool($0) },
        meaning: { $0 ? nil : "`run --gdb --irqchip kernel` and split stop at no breakpoint" }),
    ]
  }

  private static func deliveries(
    _ key: String, _ title: String, _ finding: HostProbe.Finding<Int>, _ meaning: String
  ) -> ProbeBehaviour {
    ProbeBehaviour(
      key, title, finding,
      { count in
        switch count {
        case 0: "an interrupt is lost"
        case 1: "an interrupt is delivered once"
        default: "an interrupt is delivered \(count) times"
        }
      }, { .integer(Int64($0)) }, meaning: { $0 == 1 ? nil : meaning })
  }
}
