/// A part of a toy machine's state that KVM reads and writes by a separate request.
///
/// Finer than a checkpoint's parts where the order inside one part decides: the TSC and the TSC deadline are
/// apart from the other MSRs. The raw value is the part's letter in a replay string.
public enum TorturePart: Character, CaseIterable, Hashable, Sendable {
  /// The VM's clock: `KVM_GET_CLOCK`, `KVM_SET_CLOCK`.
  case clock = "c"
  /// `KVM_GET_SREGS`, APIC base included.
  case specialRegisters = "s"
  /// `KVM_GET_REGS`.
  case registers = "r"
  /// `KVM_GET_XSAVE`.
  case extendedState = "x"
  /// `KVM_GET_DEBUGREGS`.
  case debugRegisters = "d"
  /// `KVM_GET_LAPIC`, timer count included.
  case localAPIC = "l"
  /// IA32_TSC and IA32_TSC_ADJUST, by `KVM_GET_MSRS`.
  case timeStampCounter = "t"
  /// The paravirtual clock's MSRs, by `KVM_GET_MSRS`.
  case modelSpecificRegisters = "m"
  /// IA32_TSC_DEADLINE, by `KVM_GET_MSRS`.
  case deadline = "D"
  /// `KVM_GET_VCPU_EVENTS`.
  case events = "e"
  /// `KVM_GET_MP_STATE`.
  case runState = "h"
  /// The first 8259A, by `KVM_GET_IRQCHIP`.
  case primaryPIC = "1"
  /// The second 8259A.
  case secondaryPIC = "2"
  /// The IOAPIC.
  case ioapic = "i"
  /// The i8254: `KVM_GET_PIT2`, `KVM_SET_PIT2`.
  case pit = "p"

  /// What users of KVM call it.
  public var name: String {
    switch self {
    case .clock: "CLOCK"
    case .specialRegisters: "SREGS"
    case .registers: "REGS"
    case .extendedState: "XSAVE"
    case .debugRegisters: "DEBUGREGS"
    case .localAPIC: "LAPIC"
    case .timeStampCounter: "MSRS(TSC)"
    case .modelSpecificRegisters: "MSRS(clock)"
    case .deadline: "MSRS(deadline)"
    case .events: "VCPU_EVENTS"
    case .runState: "MP_STATE"
    case .primaryPIC: "IRQCHIP(PIC 1)"
    case .secondaryPIC: "IRQCHIP(PIC 2)"
    case .ioapic: "IRQCHIP(IOAPIC)"
    case .pit: "PIT2"
    }
  }

  /// The order in which parts are read unless a cut says otherwise.
  ///
  /// The run state comes first because reading it makes KVM accept a pending INIT; the events next, because
  /// reading them moves an exception's payload into CR2 or DR6.
  public static let readingOrder: [TorturePart] =
    [.runState, .events] + allCases.filter { $0 != .runState && $0 != .events }

  /// The order in which parts are written unless a cut says otherwise.
  ///
  /// The declaration's: APIC base before the local APIC, that before the TSC deadline, the TSC before it, too;
  /// events after the registers, whose writing drops them; the IOAPIC after the local APIC that it injects into.
  public static let writingOrder: [TorturePart] = allCases

  /// Parts as their letters.
  public static func letters(_ parts: [TorturePart]) -> String { String(parts.map(\.rawValue)) }
}
