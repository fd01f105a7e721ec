internal import GDBProtocol
internal import KVM
internal import TimerModels

/// `monitor` commands: what the devices hold.
extension DebugSession {
  func monitor(_ command: String) -> Packet {
    let words = command.split(separator: " ").joined(separator: " ")
    let text =
      switch words {
      case "timers": timers
      case "gic": machine.wiring.controller.text
      case "exits": exits
      case "", "help": Self.help
      default: "there is no monitor \(words)\n" + Self.help
      }
    return Packet(Hexadecimal.text(text.utf8.prefix(PacketReader.payloadMax / 2 - 1)))
  }

  private static let help = """
    monitor timers   each vCPU's timers: registers, lines, next alarm
    monitor gic      the platform's interrupt controller
    monitor exits    each vCPU's exits: how many of each kind, and the latest

    """

  private var timers: String {
    let now = machine.clock.now()
    var text = "now: \(now.nanoseconds) ns\n"
    for own in machine.wiring.devices {
      text += "vCPU \(own.cpu) count-compare: \(own.cp0.text(at: now))\n"
      text += "vCPU \(own.cpu) generic timer: \(own.genericTimer.text(at: now))\n"
    }
    for vcpu in machine.vcpus {
      text += "vCPU \(vcpu.index) lines: 0x\(Hexadecimal.text(UInt64(vcpu.highLines)))\n"
    }
    return text
  }

  private var exits: String {
    var text = ""
    for (cpu, summary) in debug.exits.sorted(by: { $0.key < $1.key }) {
      for row in summary.statistics.rows {
        text += "vCPU \(cpu): \(row.count) x \(row.kind?.description ?? "others")\n"
      }
      for event in summary.latest { text += event.line + "\n" }
    }
    return text.isEmpty ? "none\n" : text
  }
}
