internal import GuestImages
public import KVM
public import LinuxHost

/// What a machine is made of, and how a run of it is watched.
public struct MachineConfiguration: Sendable {
  /// The number of vCPUs: 1 to 16.
  public var cpus = 1
  /// The size of RAM in bytes.
  public var memorySize = 32 << 20
  /// Where the interrupt controllers are.
  public var irqchip = IRQChip.user
  /// The longest that a run may take, in nanoseconds.
  public var timeoutNanoseconds: UInt64 = 60_000_000_000
  /// How time passes.
  ///
  /// Virtual time needs ``IRQChip/user``: the kernel's controllers know only the host's.
  public var time = TimeSource.host
  /// How halted vCPUs wait for their timers, at the host's time with ``IRQChip/user``.
  public var waiting = Waiting()
  /// The rules that its devices follow.
  public var rules = PlatformRules()
  /// The command line of an adapter whose devices take the place of ours, if one's do.
  ///
  /// Each device has its own process (`Adapter`).
  public var adapter: String?
  /// What to record of exits.
  public var recording: Recording = []
  /// How the timers' interrupts get to the guest; nil: as suits each timer.
  ///
  /// The Count/Compare timers of other vCPUs than the first have one way to the kernel's controllers: messages.
  ///
  /// One for other controllers than ``irqchip`` has no effect.
  public var timerRoute: InterruptRoute?
  /// Whether KVM's PIT is there, too (``IRQChip/kernel``).
  public var hasKernelTimer = false
  /// Whether what Linux expects of a PC is there, too (``PCPorts``); ``IRQChip/kernel``.
  ///
  /// An image says so, or a checkpoint.
  var isPC = false
  /// Whether the device is there that tests of hypervisors expect (``TestDevice``).
  public var hasTestDevice = false
  /// What CPUID shows or hides other than by default, in this order.
  public var featureChanges: [(feature: ProcessorFeature, isShown: Bool)] = []
  /// The host's processor that vCPU threads stay on; nil: any.
  public var processor: Int?
  /// What to keep of a guest's interrupts, if anything.
  public var delivery: DeliveryPlan?
  /// When to write a checkpoint.
  public var checkpoint: CheckpointPlan?
  /// Writes to the TSCs that are made before the guest starts, each to a vCPU that there is.
  public var tscWrites: [TSCWrite] = []
  /// Whether every TSC write is explained, the guest's included, which then exit for it.
  public var explainsTSC = false
  /// How a debugger gets to look at the run, if one does; the guest waits for it.
  public var debugger: DebuggerPlan?
  /// Whether the program ends with the run, by the guest's code.
  ///
  /// Then the thread of an only vCPU does that itself where there is nothing else to say.
  ///
  /// *Why:* until the supervising thread has woken, gathered what was not asked for and ended the program, a
  /// twentieth goes by of what it takes to boot a guest.
  public var endsProgram = false
  /// What the run's threads keep of their rights once the machine is set up; nil: all.
  ///
  /// The calling thread gives up the others for ever: it runs no second machine.
  public var confinement: Confinement?
  /// Where the serial port's output goes; nil is nowhere.
  public var console: StandardStream? = .output
  /// Whether the output shows control characters instead of obeying the guest's
  /// (`TerminalFilter`): for a terminal, and for nothing else.
  public var protectsTerminal = false
  /// Whether the serial port's input comes from standard input.
  public var readsInput = true

  /// The limit of a run in virtual time on the host's clock; nil: a minute, or, where a person looks at
  /// the guest with a debugger, ``timeoutNanoseconds``.
  ///
  /// In virtual time ``timeoutNanoseconds`` is virtual too, and never over for a guest that does not exit.
  public var virtualRunLimit: UInt64?

  /// The limit on the host's clock, and what it means when it has come.
  var hostLimit: (nanoseconds: UInt64, outcome: Outcome) {
    guard time != .host else { return (timeoutNanoseconds, .timedOut) }
    if virtualRunLimit == nil && debugger != nil { return (timeoutNanoseconds, .timedOut) }
    return (virtualRunLimit ?? 60_000_000_000, .hostTimedOut)
  }

  /// One vCPU, 32 MiB, a user-space controller, a minute.
  public init() {}

  /// The largest number of vCPUs.
  public static let cpusMax = 16
  /// The sizes that RAM may have, in bytes.
  public static let memorySizes = 1 << 20...Int(PLATFORM_RAM_LIMIT)
}
