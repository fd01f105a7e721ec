/// What is cut: a timer, line or clock, and the toy guest that uses it.
public enum TortureSubject: String, CaseIterable, Hashable, Sendable {
  /// The local APIC's timer, counting down once.
  case apicOneShot = "apic-oneshot"
  /// The same, again and again.
  case apicPeriodic = "apic-periodic"
  /// The same, by a TSC deadline.
  case apicDeadline = "apic-deadline"
  /// The i8254's channel 0 in mode 0, through the IOAPIC.
  case pitOneShot = "pit-oneshot"
  /// The same in mode 2.
  case pitPeriodic = "pit-periodic"
  /// An edge at a pin of the IOAPIC.
  case ioapicEdge = "ioapic-edge"
  /// A level at a pin of the IOAPIC, lowered by the handler.
  case ioapicLevel = "ioapic-level"
  /// Two NMIs at once.
  case nmi
  /// The paravirtual clock.
  case kvmclock
  /// The time-stamp counter.
  case tsc
  /// This program's own Count/Compare timer.
  case countCompare = "count-compare"
  /// This program's own generic timer.
  case genericTimer = "generic-timer"

  /// Whether the timer is this program's, not KVM's.
  public var isOwn: Bool { self == .countCompare || self == .genericTimer }

  /// What must hold; nil for this program's own timers, whose runs are compared exit by exit.
  public var law: TortureLaw? {
    switch self {
    case .apicOneShot, .apicDeadline, .pitOneShot: .oneShot
    case .apicPeriodic, .pitPeriodic: .periodic
    case .ioapicEdge, .ioapicLevel, .nmi: .raised
    case .kvmclock, .tsc: .clock
    case .countCompare, .genericTimer: nil
    }
  }

  /// The number by which the guest `conserve` knows it.
  var guestNumber: Int? { isOwn ? nil : Self.allCases.firstIndex(of: self) }

  /// The period in ticks of the timer, which is what the guest writes to it.
  ///
  /// - Parameters:
  ///   - microseconds: The period.
  ///   - tscKilohertz: The guest's TSC.
  /// - Returns: Ticks, 1 or more.
  func ticks(_ microseconds: Int, tscKilohertz: Int) -> Int {
    switch self {
    case .pitOneShot, .pitPeriodic: microseconds * 1_193_182 / 1_000_000
    case .apicDeadline: microseconds * tscKilohertz / 1000
    // KVM's local APIC counts nanoseconds.
    default: microseconds * 1000
    }
  }

  /// The parts whose order may matter to it.
  var parts: [TorturePart] {
    switch self {
    case .apicOneShot, .apicPeriodic, .apicDeadline:
      [.specialRegisters, .registers, .localAPIC, .timeStampCounter, .deadline, .events, .runState]
    case .pitOneShot, .pitPeriodic:
      [.specialRegisters, .localAPIC, .ioapic, .primaryPIC, .pit, .events]
    case .ioapicEdge, .ioapicLevel:
      [.specialRegisters, .localAPIC, .ioapic, .primaryPIC, .events, .runState]
    case .nmi: [.specialRegisters, .registers, .localAPIC, .events, .runState]
    case .kvmclock, .tsc, .countCompare, .genericTimer: []
    }
  }
}
