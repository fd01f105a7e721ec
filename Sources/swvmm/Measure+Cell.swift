public import ArgumentParser
import JSON
import Measurement
public import VMM

/// The timers that `swvmm measure` knows; the raw value is the option's word.
enum MeasuredTimer: String, CaseIterable, ExpressibleByArgument {
  case countCompare = "count-compare"
  case generic, pit, apic
  case tscDeadline = "tsc-deadline"

  /// What the guest `deadlines` calls it.
  var guestNumber: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  /// Whether what the guest records of it is the start of a count, not a deadline.
  var countsDown: Bool { self == .pit || self == .apic }
  /// Whether it is one of KVM's own, on which no route and no waiting of ours has an influence.
  var isKernels: Bool { self != .countCompare && self != .generic }
}

/// Whether deadlines follow a schedule, or each the one before.
enum DeadlineShape: String, CaseIterable, ExpressibleByArgument {
  case oneShot = "one-shot"
  case periodic
}

/// What the guest does until it is interrupted.
enum GuestState: String, CaseIterable, ExpressibleByArgument {
  case halted, busy, masked
}

/// What else the host's processor does.
enum HostLoad: String, CaseIterable, ExpressibleByArgument {
  case none, busy
}

extension InterruptRoute: ExpressibleByArgument {}

/// One combination of what a campaign varies.
struct MeasuredCell {
  var timer: MeasuredTimer
  /// nil for KVM's own timers.
  var route: InterruptRoute?
  /// nil where no thread of a vCPU waits in this program.
  var wait: Waiting.Strategy?
  var load: HostLoad
  /// Whether the threads stamp what they do.
  var isStamped: Bool

  /// All that there are: KVM's own timers have neither routes nor waiting, and only an injecting vCPU
  /// waits in this program.
  static func all(
    _ timers: [MeasuredTimer], _ routes: [InterruptRoute], _ waits: [Waiting.Strategy],
    _ loads: [HostLoad], stamps: [Bool]
  ) -> [MeasuredCell] {
    var cells: [MeasuredCell] = []
    for timer in timers {
      for route in timer.isKernels ? [nil] : routes.map(Optional.some) {
        for wait in route == .inject ? waits.map(Optional.some) : [nil] {
          for load in loads {
            for isStamped in route == nil ? [false] : stamps {
              cells.append(
                MeasuredCell(
                  timer: timer, route: route, wait: wait, load: load, isStamped: isStamped))
            }
          }
        }
      }
    }
    return cells
  }

  /// `count-compare inject adaptive`, and what is out of the ordinary.
  var name: String {
    ([timer.rawValue, route?.rawValue ?? "in-kernel", wait?.rawValue].compactMap { $0 }
      + (load == .busy ? ["loaded"] : []) + (route != nil && !isStamped ? ["unstamped"] : []))
      .joined(separator: " ")
  }

  var settings: [JSONValue.Member] {
    [
      .init("timer", .string(timer.rawValue)),
      .init("route", .string(route?.rawValue ?? "in-kernel")),
      .init("wait", wait.map { .string($0.rawValue) } ?? .null),
      .init("load", .string(load.rawValue)), .init("stamped", .bool(isStamped)),
    ]
  }
}
