internal import JSON
public import VMM

/// One combination of what a campaign varies.
public struct CampaignCell: Sendable {
  /// What ticks.
  public var timer: MeasuredTimer
  /// nil for KVM's own timers.
  public var route: InterruptRoute?
  /// nil where no thread of a vCPU waits in this program.
  public var wait: Waiting.Strategy?
  /// What else the processor does.
  public var load: HostLoad
  /// Whether the threads stamp what they do; of KVM's own timers, whether they look at the host after each interrupt.
  public var isStamped: Bool

  /// All that there are: KVM's own timers have neither routes nor waiting, and only an injecting vCPU
  /// waits in this program.
  static func all(
    _ timers: [MeasuredTimer], _ routes: [InterruptRoute], _ waits: [Waiting.Strategy],
    _ loads: [HostLoad], stamps: [Bool]
  ) -> [CampaignCell] {
    var cells: [CampaignCell] = []
    for timer in timers {
      for route in timer.isKernels ? [nil] : routes.map(Optional.some) {
        for wait in route == .inject ? waits.map(Optional.some) : [nil] {
          for load in loads {
            for isStamped in stamps {
              cells.append(
                CampaignCell(
                  timer: timer, route: route, wait: wait, load: load, isStamped: isStamped))
            }
          }
        }
      }
    }
    return cells
  }

  /// `count-compare inject adaptive`, and what is out of the ordinary.
  public var name: String {
    ([timer.rawValue, route?.rawValue ?? "in-kernel", wait?.rawValue].compactMap { $0 }
      + (load == .busy ? ["loaded"] : []) + (isStamped ? [] : ["unstamped"]))
      .joined(separator: " ")
  }

  /// The combination as members of a result.
  var settings: [JSONValue.Member] {
    [
      .init("timer", .string(timer.rawValue)),
      .init("route", .string(route?.rawValue ?? "in-kernel")),
      .init("wait", wait.map { .string($0.rawValue) } ?? .null),
      .init("load", .string(load.rawValue)), .init("stamped", .bool(isStamped)),
    ]
  }
}
