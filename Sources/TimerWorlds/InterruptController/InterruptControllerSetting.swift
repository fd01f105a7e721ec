public import Exploration
public import TimerModels

/// The parts of ``InterruptControllerWorld`` that are searched each for itself.
public enum InterruptControllerSetting: String, Hashable, Sendable, CaseIterable {
  /// A PPI of each CPU.
  case ppi = "gic-ppi"
  /// SGIs between the CPUs, completed in one step or in two.
  case sgi = "gic-sgi"
  /// An SPI, level or edge, that goes to one CPU or the other, completed in one step or in two.
  case spi = "gic-spi"
  /// A PPI of each CPU and an SPI, of priorities that change, completed in one step or in two.
  case priorities = "gic-priorities"
  /// The rest of the registers, at one CPU, and what writes must not change.
  case registers = "gic-registers"
  /// PPIs, SGIs and an SPI together, level-sensitive and of one priority, completed in one step or in two.
  case whole = "gic"
  /// Everything of one priority, to a depth.
  case everything = "gic-everything"

  /// What can happen.
  public var alphabet: [InterruptControllerAction] {
    switch self {
    case .ppi:
      InterruptControllerAction.both([
        .raisePPI, .lowerPPI, .acknowledge, .endInterrupt, .switchInterface, .enablePPI,
        .disablePPI, .setPPI, .clearPPI, .deactivatePPI,
      ])
    case .sgi:
      InterruptControllerAction.both([
        .sendToOther, .sendToSelf, .acknowledge, .endInterrupt, .deactivate, .switchInterface,
        .switchSplit, .setSGI,
      ])
    case .spi:
      InterruptControllerAction.both([
        .raiseSPI, .lowerSPI, .acknowledge, .endInterrupt, .deactivate, .switchInterface,
        .switchSplit, .setSPI, .clearSPI, .enableSPI, .disableSPI, .retarget, .switchTrigger,
      ])
    case .priorities:
      InterruptControllerAction.both([
        .raisePPI, .lowerPPI, .raiseSPI, .lowerSPI, .acknowledge, .endInterrupt, .deactivate,
        .switchSplit, .retarget, .switchPPIPriority, .switchSPIPriority, .switchMask,
      ])
    case .registers:
      InterruptControllerAction.both([
        .raisePPI, .lowerPPI, .setSPI, .clearSPI, .acknowledge, .endInterrupt, .sendToSelf,
        .switchPPIPriority, .switchSPIPriority, .switchGrouping, .switchForwarding, .switchActive,
        .addSource, .removeSource, .look,
      ]).filter { $0.cpu == 0 }
    case .whole:
      InterruptControllerAction.both([
        .raisePPI, .lowerPPI, .raiseSPI, .lowerSPI, .acknowledge, .endInterrupt, .deactivate,
        .switchInterface, .switchSplit, .sendToOther, .sendToSelf, .retarget,
      ])
    case .everything:
      InterruptControllerAction.both(
        InterruptControllerAction.Kind.allCases.filter {
          ![
            .switchPPIPriority, .switchSPIPriority, .switchMask, .switchGrouping,
            .switchForwarding, .switchActive, .addSource, .removeSource, .look,
          ].contains($0)
        })
    }
  }

  /// Makes a controller ready to be searched.
  public func world<Controller: InterruptControllerRules>(of controller: Controller.Type)
    -> AnyWorld
  {
    AnyWorld(InterruptControllerWorld<Controller>(), alphabet: alphabet)
  }

  /// Makes a controller that answers from afar ready to be searched.
  ///
  /// - Parameter kind: Any controller of the kind.
  /// - Returns: The world with a controller as after reset.
  public func world(with kind: some RemoteInterruptController) -> AnyWorld {
    AnyWorld(RemoteControllerWorld(kind), alphabet: alphabet)
  }

  /// The right controller.
  ///
  /// Here and not where it is used, since here the compiler sees every type.
  public var model: NamedWorld {
    NamedWorld(
      name: rawValue, title: title, depth: self == .everything ? 9 : .max,
      world: world(of: InterruptController.self))
  }

  private var title: String {
    switch self {
    case .ppi: "GICv2, two CPUs: private interrupts"
    case .sgi: "GICv2, two CPUs: software interrupts, EOI and DIR"
    case .spi: "GICv2, two CPUs: a shared interrupt, level and edge, EOI and DIR"
    case .priorities: "GICv2, two CPUs: private and shared interrupts, priorities, EOI and DIR"
    case .registers: "GICv2: preemption groups, active bits, sources of SGIs, what is ignored"
    case .whole: "GICv2, two CPUs: private, shared and software interrupts together, EOI and DIR"
    case .everything: "GICv2, two CPUs: everything of one priority"
    }
  }
}
