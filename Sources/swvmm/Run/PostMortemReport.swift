import JSON
import TerminalText
import VMM

/// What is left of a guest that has fallen, with the names of its addresses.
struct PostMortemReport {
  private let postMortem: PostMortem
  private var places: [GuestAddress: SymbolPlace] = [:]
  /// Why no address has a name; nil where the file has symbols.
  private var obstacle: String?

  /// Looks up the names.
  ///
  /// - Parameters:
  ///   - postMortem: What is left.
  ///   - symbols: The file with the symbols; nil where there is none.
  init(_ postMortem: PostMortem, _ symbols: SymbolFile?) {
    self.postMortem = postMortem
    guard let symbols else {
      obstacle = "a checkpoint has none (--symbols FILE)"
      return
    }
    do throws(ImageError) {
      if let places = try symbols.places(of: postMortem.addresses) {
        self.places = places
      } else {
        obstacle = "the image has none (--symbols FILE)"
      }
    } catch { obstacle = "\(error)" }
  }

  /// For people, in lines.
  var text: String {
    postMortem.text(places) + (obstacle.map { "no symbols: \($0.visible)\n" } ?? "")
  }

  // MARK: JSON

  /// What the document says that it is.
  static let schema = "swvmm-post-mortem"
  static let schemaVersion = 1

  /// For programs.
  ///
  /// Addresses and registers are hexadecimal strings, as they do not fit into every reader's numbers.
  var json: JSONValue {
    .object([
      .init("schema", .string(Self.schema)), .init("version", JSONValue(Self.schemaVersion)),
      .init("noSymbols", obstacle.map { .string($0) } ?? .null),
      .init("vcpus", .array(postMortem.vcpus.map(json))),
    ])
  }

  private func json(_ vcpu: VCPUPostMortem) -> JSONValue {
    let registers = vcpu.registers
    return .object([
      .init("cpu", JSONValue(vcpu.cpu)), .init("activity", .string(vcpu.activity)),
      .init("isReset", .bool(vcpu.isReset)),
      .init("mode", vcpu.isReset ? .null : .string(registers.mode)),
      .init("registers", vcpu.isReset ? .null : registers.json),
      .init("symbols", .object(symbols(of: vcpu))),
      .init("exception", vcpu.exception?.json ?? .null),
      .init("code", .string(vcpu.code.hexadecimal)),
      .init("stack", .array(vcpu.stack.map { .hexadecimal($0) })),
      .init("walks", .array(vcpu.walks.map(\.json))),
      .init("exits", .array(vcpu.exits.map { .string("\($0)") })),
    ])
  }

  /// Each value that is near a symbol, once.
  private func symbols(of vcpu: VCPUPostMortem) -> [JSONValue.Member] {
    vcpu.addresses.sorted { $0.key < $1.key }.compactMap { value, address in
      places[address].map { place in
        .init(
          "0x" + String(value, radix: 16),
          .object([
            .init("name", .string(place.name)), .init("offset", JSONValue(place.offset)),
          ]))
      }
    }
  }
}

extension JSONValue {
  fileprivate static func hexadecimal(_ value: UInt64) -> JSONValue {
    .string("0x" + String(value, radix: 16))
  }
}

extension GuestRegisters {
  fileprivate var json: JSONValue {
    let general = zip(Self.generalNames, self.general).map {
      JSONValue.Member($0, .hexadecimal($1))
    }
    let others = [
      ("rip", rip), ("rflags", rflags), ("cr0", cr0), ("cr2", cr2), ("cr3", cr3), ("cr4", cr4),
      ("cr8", cr8), ("efer", efer),
    ].map { JSONValue.Member($0.0, .hexadecimal($0.1)) }
    let segments = [
      ("cs", cs), ("ss", ss), ("ds", ds), ("es", es), ("fs", fs), ("gs", gs), ("tr", tr),
    ].map { name, segment in
      JSONValue.Member(
        name,
        .object([
          .init("selector", .hexadecimal(UInt64(segment.selector))),
          .init("base", .hexadecimal(segment.base)),
          .init("limit", .hexadecimal(UInt64(segment.limit))),
        ]))
    }
    let tables = [("gdt", gdt), ("idt", idt)].map { name, table in
      JSONValue.Member(
        name,
        .object([
          .init("base", .hexadecimal(table.base)),
          .init("limit", .hexadecimal(UInt64(table.limit))),
        ]))
    }
    return .object(general + others + segments + tables)
  }
}

extension GuestException {
  fileprivate var json: JSONValue {
    .object([
      .init("vector", JSONValue(vector)), .init("name", .string(name)),
      .init("errorCode", errorCode.map { JSONValue($0) } ?? .null),
      .init("isPending", .bool(isPending)),
    ])
  }
}

extension VCPUPostMortem.Walk {
  fileprivate var json: JSONValue {
    let steps = walk.steps.map { step in
      JSONValue.object([
        .init("level", .string(step.level.rawValue)), .init("index", JSONValue(step.index)),
        .init("place", .hexadecimal(step.place)), .init("entry", .hexadecimal(step.entry)),
      ])
    }
    return .object([
      .init("register", .string(register)), .init("address", .hexadecimal(walk.address)),
      .init("form", .string(walk.form.rawValue)), .init("steps", .array(steps)),
      .init("physical", walk.physical.map { .hexadecimal($0) } ?? .null),
      .init("end", .string(walk.end.description)),
    ])
  }
}
