internal import TerminalText

extension PostMortem {
  /// What is left, in lines: the vCPUs that fell in full, and a line for each of the others.
  ///
  /// - Parameter symbols: What symbols are near.
  /// - Returns: The text, with a newline at its end.
  public func text(_ symbols: [GuestAddress: SymbolPlace]) -> String {
    let full = vcpus.prefix(fallen).flatMap { $0.lines(symbols) }
    let others = vcpus.dropFirst(fallen).map { $0.summary(symbols) }
    return (full + others).reduce("") { $0 + $1 + "\n" }
  }
}

extension VCPUPostMortem {
  /// The vCPU in a line.
  private var head: String { "vCPU \(cpu), \(activity), \(registers.mode)" }

  fileprivate func summary(_ symbols: [GuestAddress: SymbolPlace]) -> String {
    "\(head): rip \(named(registers.rip, symbols)), rsp \(named(registers.rsp, symbols))"
  }

  fileprivate func lines(_ symbols: [GuestAddress: SymbolPlace]) -> [String] {
    var lines: [String] = []
    if isReset {
      lines += [
        "vCPU \(cpu): this host's KVM resets a vCPU at a triple fault, before its registers can be read",
        exceptionLine,
      ]
    } else {
      lines += [head, "  rip    \(place(registers.rip, registers.instruction, symbols))"]
      lines += ["  code   \(code.isEmpty ? "not in memory" : code.hexadecimal)"]
      lines += generalLines(symbols) + controlLines + segmentLines + [exceptionLine]
      for walk in walks { lines += walkLines(walk, symbols) }
      lines += stackLines(symbols)
    }
    lines += [exits.isEmpty ? "  no exits" : "  last exits, the newest last"]
    lines += exits.map { "    \($0)" }
    return lines
  }

  // MARK: Addresses

  private func symbol(_ value: UInt64, _ symbols: [GuestAddress: SymbolPlace]) -> SymbolPlace? {
    addresses[value].flatMap { symbols[$0] }
  }

  private func named(_ value: UInt64, _ symbols: [GuestAddress: SymbolPlace]) -> String {
    hex(value) + (symbol(value, symbols).map { " \($0)" } ?? "")
  }

  /// An offset, and its linear address where that is another.
  private func place(
    _ offset: UInt64, _ linear: UInt64, _ symbols: [GuestAddress: SymbolPlace]
  ) -> String {
    offset == linear
      ? named(offset, symbols) : "\(hex(offset)), linear \(named(linear, symbols))"
  }

  // MARK: Registers

  /// Four in a line; below them those that are near a symbol.
  private func generalLines(_ symbols: [GuestAddress: SymbolPlace]) -> [String] {
    let names = GuestRegisters.generalNames
    let rows = stride(from: 0, to: names.count, by: 4).map { first in
      (first..<first + 4).reduce("") {
        $0 + "  " + names[$1].padded(to: 3) + " " + registers.general[$1].digits16
      }
    }
    let near = zip(names, registers.general).compactMap { name, value in
      symbol(value, symbols).map { "    \(name.padded(to: 4)) \($0)" }
    }
    return rows + near
  }

  private var controlLines: [String] {
    [
      "  rflags \(hex(registers.rflags))  cr0 \(hex(registers.cr0))  cr2 \(hex(registers.cr2))"
        + "  cr3 \(hex(registers.cr3))  cr4 \(hex(registers.cr4))  cr8 \(hex(registers.cr8))"
        + "  efer \(hex(registers.efer))"
    ]
  }

  private var segmentLines: [String] {
    let segments = [
      ("cs", registers.cs), ("ss", registers.ss), ("ds", registers.ds), ("es", registers.es),
      ("fs", registers.fs), ("gs", registers.gs), ("tr", registers.tr),
    ]
    let text = segments.reduce("") { text, segment in
      let base = segment.1.base == 0 ? "" : " base \(hex(segment.1.base))"
      return text + "  \(segment.0) \(hex(UInt64(segment.1.selector)))\(base)"
    }
    let tables = [("gdt", registers.gdt), ("idt", registers.idt)].reduce("") { text, table in
      text + "  \(table.0) \(hex(table.1.base)) limit \(hex(UInt64(table.1.limit)))"
    }
    return [text, tables]
  }

  private var exceptionLine: String {
    guard let exception else { return "  exception: KVM knows of none" }
    var line = exception.isPending ? "  exception in delivery: " : "  last exception in KVM: "
    line += exception.name
    if let errorCode = exception.errorCode { line += ", error code \(hex(UInt64(errorCode)))" }
    if let fault = exception.pageFault { line += " (\(fault.text)), at cr2" }
    return line
  }

  // MARK: Memory

  private func walkLines(_ walk: Walk, _ symbols: [GuestAddress: SymbolPlace]) -> [String] {
    let fault = walk.register == "cr2" ? exception?.pageFault : nil
    let head = "  walk of \(walk.register) \(named(walk.walk.address, symbols)), "
    return [head + "\(walk.walk.form.rawValue), cr3 \(hex(registers.cr3))"]
      + walk.walk.lines(failing: fault).map { "    \($0)" }
  }

  private func stackLines(_ symbols: [GuestAddress: SymbolPlace]) -> [String] {
    guard !stack.isEmpty else { return ["  stack: no memory from rsp up"] }
    let size = UInt64(registers.wordSize)
    return ["  stack, from rsp up"]
      + stack.enumerated().map { number, word in
        "    \(hex(registers.stack &+ UInt64(number) * size))  \(named(word, symbols))"
      }
  }
}

extension [UInt8] {
  /// Bytes as a disassembler takes them: `0f fc 05`.
  public var hexadecimal: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}

extension UInt64 {
  /// Sixteen digits.
  fileprivate var digits16: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
