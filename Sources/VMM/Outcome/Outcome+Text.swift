internal import KVM
internal import LinuxHost

extension Outcome: CustomStringConvertible {
  /// One line that says how the run ended.
  public var description: String {
    switch self {
    case .exited(let code): "the guest's exit code is \(code)"
    case .reset(let cpu): "the guest reset: triple fault or shutdown of vCPU \(cpu)"
    case .dead: "the guest is dead: every vCPU is halted and no event can wake one"
    case .unknownInstruction(let cpu, let address, let bytes):
      "vCPU \(cpu): KVM cannot emulate the instruction at 0x\(String(address, radix: 16)): "
        + (bytes.isEmpty ? "its bytes are unknown" : bytes.hexadecimal)
    case .timedOut: "timed out (--timeout)"
    case .hostTimedOut:
      "the host's time is over before the guest's own clock came to --timeout (--host-timeout)"
    case .undebugged(let address):
      "no debugger connected to \(address) within the time limit (--timeout, or --host-timeout)"
    case .checkpointed(let file): "saved to \(file)"
    // No signal of that number is seen: a debugger asked for it.
    case .signalled(Signal.kill): "ended by the debugger (kill)"
    case .signalled(let number): "ended by \(Signal.name(number))"
    case .failed(let error): "\(error)"
    }
  }
}
