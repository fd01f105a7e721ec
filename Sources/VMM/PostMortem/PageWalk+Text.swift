internal import TerminalText

extension PageWalk.End: CustomStringConvertible {
  /// The end as a person reads it.
  public var description: String {
    switch self {
    case .mapped(let physical): "physical \(hex(physical))"
    case .notPresent: "not present: bit 0 is clear"
    case .reserved(let bits): "reserved bits are set: \(hex(bits))"
    case .outsideRAM(let place): "the next entry would be outside RAM, at \(hex(place))"
    case .notCanonical: "the address is not canonical"
    }
  }
}

/// A walk as lines.
extension PageWalk {
  /// One line per entry, and one for the end unless an entry says it.
  ///
  /// - Parameter fault: The access that failed; nil where no access is known.
  /// - Returns: The lines.
  func lines(failing fault: PageFault?) -> [String] {
    var lines = steps.enumerated().map { number, step in
      let isLast = number == steps.count - 1
      let place = "\(step.level.rawValue)[\(step.index)]".padded(to: 10) + " at " + hex(step.place)
      return "\(place) = \(hex(step.entry))  \(flags(of: step, isLast: isLast, fault))"
    }
    switch end {
    case .mapped, .outsideRAM, .notCanonical: lines.append("\(end)")
    case .notPresent, .reserved: break
    }
    return lines
  }

  /// What an entry allows, and what is wrong with it.
  private func flags(of step: Step, isLast: Bool, _ fault: PageFault?) -> String {
    switch end {
    case .notPresent, .reserved: if isLast { return "\(end)" }
    case .mapped, .outsideRAM, .notCanonical: break
    }
    var words = "present"
    // Of PAE's first four entries these bits are reserved.
    guard form != .pae || step.level != .pointers else { return words }
    if step.entry & PageBits.writable != 0 { words += " writable" }
    if step.entry & PageBits.user != 0 { words += " user" }
    if step.entry & PageBits.large != 0 && step.level != .table { words += " large" }
    if form != .bits32 && step.entry & PageBits.executeDisable != 0 { words += " no-execute" }
    if let fault, fault.contains(.protection) {
      if fault.contains(.write) && step.entry & PageBits.writable == 0 {
        words += ": no write, bit 1 is clear"
      }
      if fault.contains(.user) && step.entry & PageBits.user == 0 {
        words += ": not the user's, bit 2 is clear"
      }
      if fault.contains(.fetch) && form != .bits32 && step.entry & PageBits.executeDisable != 0 {
        words += ": no fetch, bit 63 is set"
      }
    }
    return words
  }
}
