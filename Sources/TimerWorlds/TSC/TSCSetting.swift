public import Exploration
public import TimerModels

/// The parts of ``TSCWorld`` that are searched each for itself.
public enum TSCSetting: String, Hashable, Sendable, CaseIterable {
  /// Three vCPUs, and a fourth to be plugged in.
  case whole = "tsc"
  /// The second in which a write must come, and three vCPUs that are written one by one.
  case window = "tsc-window"
  /// The same VM under kernels that compared every write, user space's first among them.
  case older = "tsc-linux-4.12"
  /// A host whose TSC is unstable, on which offsets cannot be shared.
  case unstable = "tsc-unstable"
  /// A vCPU that is faster than the host, and caught up at every entry.
  case catchUp = "tsc-catch-up"
  /// Two vCPUs and hundreds of generations.
  case generations = "tsc-generations"
  /// Two vCPUs whose guest writes its TSCs, and the updates of the clocks that follow.
  case guest = "tsc-guest"
  /// The rules as upstream's patches have them: what is remembered of a write is what it gave.
  case repaired = "tsc-repaired"
  /// The same VM under the first kernels that counted each vCPU once, which compared microseconds.
  case oldest = "tsc-linux-3.16"
  /// The same under those that asked for an update with every write.
  case old = "tsc-linux-3.19"
  /// Writes that are a second off, and a cycle less.
  case edge = "tsc-edge"
  /// Offsets that the host writes, a suspension, and clocks that rule the master clock out.
  case host = "tsc-host"
  /// Two vCPUs at frequencies of their own, on a host that scales.
  case scaled = "tsc-scaled"
  /// Entries on a host whose TSC is unstable.
  case entries = "tsc-unstable-entries"

  /// The kernel's rules.
  var rules: TSCRuleSet {
    switch self {
    case .oldest: .linux3_16
    case .old: .linux3_19
    case .older: .linux4_12
    case .repaired: .repaired
    default: .linux6_7
    }
  }

  /// Whether time and values are relative, so that there is an end: where no guest is entered, who would see
  /// them, and where generations are not counted.
  var isRelative: Bool {
    switch self {
    case .whole, .window, .older, .unstable, .repaired: true
    default: false
    }
  }

  /// How many vCPUs there are at the start.
  var vcpuCount: Int {
    switch self {
    case .whole, .window, .repaired: 3
    case .oldest, .old, .older, .unstable, .generations, .guest, .edge, .host, .scaled, .entries: 2
    case .catchUp: 1
    }
  }

  /// What can happen.
  public var alphabet: [TSCAction] {
    // One vCPU starts generations and the other is left behind: more would be states by the square.
    if self == .generations { return [TSCAction(.writeFar), TSCAction(.writeDue, vcpu: 1)] }
    let kinds: [TSCAction.Kind] =
      switch self {
      case .window: [.passLittle, .passMost, .writeSame, .writeFar]
      case .whole, .older:
        [
          .passLittle, .passMost, .passSecond, .create, .writeZero, .writeSame, .writeDue,
          .writeFar,
        ]
      case .unstable:
        [.passLittle, .passMost, .passSecond, .writeZero, .writeSame, .writeDue, .writeFar]
      case .guest:
        [
          .passLittle, .writeZero, .writeDue, .writeFar, .enter, .guestZero, .guestAhead,
          .adjustZero, .adjustAhead, .adjustBehind, .hostAdjust,
        ]
      case .catchUp: [.passLittle, .passSecond, .writeFar, .enter]
      case .repaired, .generations:
        [.passMost, .writeZero, .writeDue, .writeAhead, .writeBehind, .writeFar]
      case .oldest, .old:
        [.passMost, .create, .writeZero, .writeDue, .writeFar, .enter] + Self.edges
      case .edge: [.passLittle, .passSecond, .writeDue, .writeFar, .writeLast] + Self.edges
      case .host:
        [
          .passLittle, .writeDue, .writeFar, .enter, .offsetSame, .offsetOther, .registerOld,
          .registerNew, .suspend, .loseClock, .look,
        ]
      case .scaled:
        [
          .passLittle, .writeZero, .writeDue, .writeFar, .enter, .frequencyHost, .frequencyNear,
          .frequencyDouble, .look,
        ]
      case .entries: [.passLittle, .passSecond, .writeDue, .writeFar, .enter, .look]
      }
    return kinds.flatMap { kind in
      (0..<(kind.isOfVM ? 1 : vcpuCount)).map { TSCAction(kind, vcpu: $0) }
    }
  }

  private static let edges: [TSCAction.Kind] = [
    .writeSecondAhead, .writeLessAhead, .writeSecondBehind, .writeLessBehind,
  ]

  /// Makes a tracker ready to be searched.
  public func world<Tracker: TSCMatchingRules>(of tracker: Tracker.Type) -> AnyWorld {
    AnyWorld(TSCWorld<Tracker>(self, isRelative: isRelative), alphabet: alphabet)
  }

  /// The right tracker.
  ///
  /// Here and not where it is used, since here the compiler sees every type.
  public var model: NamedWorld {
    NamedWorld(
      name: rawValue, title: title, depth: depth, world: world(of: TSCMatchingTracker.self))
  }

  private var depth: Int {
    switch self {
    case .whole, .window, .older, .unstable, .repaired: .max
    case .guest, .oldest, .old, .edge, .scaled: 6
    case .host, .entries: 7
    case .catchUp: 12
    case .generations: 258
    }
  }

  private var title: String {
    switch self {
    case .whole: "TSC matching: up to four vCPUs, created and written at any time"
    case .window: "TSC matching: the second in which a write must come"
    case .older: "TSC matching as Linux 4.12 to 6.6 have it"
    case .unstable: "TSC matching on a host whose TSC is unstable"
    case .catchUp: "TSC matching: a vCPU that is caught up"
    case .generations: "TSC matching: hundreds of generations"
    case .guest: "TSC matching: guests that write their TSC, and the updates of the master clock"
    case .repaired: "TSC matching as upstream's patches have it"
    case .oldest: "TSC matching as Linux 3.16 has it"
    case .old: "TSC matching as Linux 3.19 to 4.11 have it"
    case .edge: "TSC matching: values that are a second off, and a cycle less"
    case .host: "TSC matching: offsets that are written, a suspension, other clocks"
    case .scaled: "TSC matching: vCPUs at other frequencies than the host's"
    case .entries: "TSC matching: entries on a host whose TSC is unstable"
    }
  }
}
