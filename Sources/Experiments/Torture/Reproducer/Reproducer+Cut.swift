/// Saving and restoring, in C.
extension Reproducer {
  /// `carry`: the requests of the cut, in its order.
  var carry: [String] {
    let met = law == .raised ? "raise_it();" : "meet(0);"
    let parameter = cut.isNewVM ? "struct machine other" : "void"
    var text = ["static void carry(\(parameter)) {"]
    if ![.nearly, .beforeSave].contains(cut.place) {
      text.append("  stopped = saving = now();")
    } else {
      text.append("  stopped = now();")
    }
    if cut.place == .nearly { text.append("  wait_until(at[ARMED] + PERIOD / 5 * 4);") }
    if cut.place == .beforeSave { text.append("  " + met) }
    if [.nearly, .beforeSave].contains(cut.place) { text.append("  saving = now();") }
    text += packed(cut.gets.map(\.get)) { cut.place == .afterGet($0) ? met : nil }
    if cut.place == .outside { text.append("  " + met) }
    if cut.isNewVM { text.append("  memcpy(other.ram, m.ram, RAM), m = other;") }
    if cut.rest > 0 { text.append("  wait_until(now() + \(cut.rest) * 1000L);") }
    let metFrozen = law == .raised ? met : "meet(now() - saving);"
    text += packed(cut.sets.map(\.set)) { cut.place == .afterSet($0) ? metFrozen : nil }
    if cut.place == .later || cut.place == .nearly {
      text.append(
        law == .raised
          ? "  raise_it();"
          : "  is_missed |= count[ARMED] && now() >= at[ARMED] + PERIOD * (count[HANDLED] + 1);")
    }
    if cut.isNewVM && torture.subject == .ioapicLevel {
      text.append("  if (raised && !count[HANDLED]) line(1);")
    }
    return text + ["  resumed = now(), frozen = resumed - saving;", "}"]
  }
}

extension Reproducer {
  /// Statements, as many as fit a line.
  ///
  /// - Parameters:
  ///   - statements: In their order.
  ///   - addition: What follows after so many of them.
  /// - Returns: The lines.
  private func packed(
    _ statements: [String], _ addition: (Int) -> String?
  ) -> [String] {
    // One a line is for the reader; a cut of everything would have too many lines.
    let width = statements.count > 8 ? 400 : 0
    var rows: [String] = []
    for (index, statement) in statements.enumerated() {
      let statement = statement + (addition(index + 1).map { " " + $0 } ?? "")
      if let last = rows.last, last.utf8.count + statement.utf8.count < width {
        rows[rows.count - 1] += " " + statement
      } else {
        rows.append("  " + statement)
      }
    }
    return rows
  }
}

/// The requests of parts.
extension TorturePart {
  /// Declares what the part is kept in, and reads it.
  fileprivate var get: String {
    "\(declaration) REQUEST(m.\(request.of), KVM_GET_\(request.name), \(request.variable));"
  }

  /// Writes the part; the clock without the flags that it was read with.
  fileprivate var set: String {
    (self == .clock ? "clock.flags = 0; " : "")
      + "REQUEST(m.\(request.of), KVM_SET_\(request.name), \(request.variable));"
  }

  private var declaration: String {
    switch self {
    case .clock: "struct kvm_clock_data clock;"
    case .specialRegisters: "struct kvm_sregs sregs;"
    case .registers: "struct kvm_regs regs;"
    case .extendedState: "static char xsave[1 << 16];"
    case .debugRegisters: "struct kvm_debugregs debugregs;"
    case .localAPIC: "struct kvm_lapic_state lapic;"
    case .timeStampCounter: Self.registers("tsc", [0x10, 0x3b])
    case .modelSpecificRegisters: Self.registers("msrs", [0x4b56_4d00, 0x4b56_4d01])
    case .deadline: Self.registers("deadline", [0x6e0])
    case .events: "struct kvm_vcpu_events events;"
    case .runState: "struct kvm_mp_state mp_state;"
    case .primaryPIC: "struct kvm_irqchip pic1 = {.chip_id = KVM_IRQCHIP_PIC_MASTER};"
    case .secondaryPIC: "struct kvm_irqchip pic2 = {.chip_id = KVM_IRQCHIP_PIC_SLAVE};"
    case .ioapic: "struct kvm_irqchip ioapic = {.chip_id = KVM_IRQCHIP_IOAPIC};"
    case .pit: "struct kvm_pit_state2 pit;"
    }
  }

  private static func registers(_ name: String, _ numbers: [UInt32]) -> String {
    let entries = numbers.map { "{.index = 0x\(String($0, radix: 16))}" }.joined(separator: ", ")
    return "struct { struct kvm_msrs head; struct kvm_msr_entry msr[\(numbers.count)]; } \(name) = "
      + "{.head = {.nmsrs = \(numbers.count)}, .msr = {\(entries)}};"
  }

  /// The request, without `GET_` or `SET_`, what it is of, and its variable.
  private var request: (of: String, name: String, variable: String) {
    switch self {
    case .clock: ("vm", "CLOCK", "&clock")
    case .specialRegisters: ("vcpu", "SREGS", "&sregs")
    case .registers: ("vcpu", "REGS", "&regs")
    case .extendedState: ("vcpu", "XSAVE", "xsave")
    case .debugRegisters: ("vcpu", "DEBUGREGS", "&debugregs")
    case .localAPIC: ("vcpu", "LAPIC", "&lapic")
    case .timeStampCounter: ("vcpu", "MSRS", "&tsc")
    case .modelSpecificRegisters: ("vcpu", "MSRS", "&msrs")
    case .deadline: ("vcpu", "MSRS", "&deadline")
    case .events: ("vcpu", "VCPU_EVENTS", "&events")
    case .runState: ("vcpu", "MP_STATE", "&mp_state")
    case .primaryPIC: ("vm", "IRQCHIP", "&pic1")
    case .secondaryPIC: ("vm", "IRQCHIP", "&pic2")
    case .ioapic: ("vm", "IRQCHIP", "&ioapic")
    case .pit: ("vm", "PIT2", "&pit")
    }
  }
}
