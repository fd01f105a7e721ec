internal import KVM

/// The machine that an entry of a list asks for, in words of QEMU's, as far as it can be had here.
struct UnitTestMachine: Hashable {
  /// RAM in MiB; QEMU's default.
  var memory = 128
  var processors: Int?
  /// Whether the IOAPIC is this program's.
  var isSplit = false
  /// Features of the processor, with what is to be shown of them.
  var features: [Feature] = []
  /// What the guest is told besides `test_args`: older lists have it here.
  var arguments: [String] = []

  struct Feature: Hashable {
    let feature: ProcessorFeature
    let isShown: Bool
  }

  /// Understands parameters of QEMU's.
  ///
  /// - Parameter words: The parameters.
  /// - Throws: ``UnitTestRefusal`` for the first that cannot be met.
  init(_ words: [String]) throws(UnitTestRefusal) {
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word.hasPrefix("--") ? String(word.dropFirst()) : word {
      case "-enable-kvm", "-nodefaults", "-no-reboot": break
      case "-display", "-vnc", "-serial", "-monitor": _ = try value(of: word, &rest)
      case "-cpu": try readProcessor(value(of: word, &rest))
      case "-machine", "-M": try readBoard(value(of: word, &rest))
      case "-m": memory = try megabytes(value(of: word, &rest))
      case "-append": arguments += try value(of: word, &rest).split(separator: " ").map(String.init)
      case "-smp":
        let text = try value(of: word, &rest)
        guard let count = UInt16(text.prefix { $0 != "," }), count > 0 else {
          throw UnitTestRefusal("-smp \(text) is not a number of processors")
        }
        processors = Int(count)
      case "-accel":
        let name = try value(of: word, &rest)
        guard name.hasPrefix("kvm") else { throw .notHere("-accel \(name)") }
      case "-global":
        // Of the timer that is not here.
        let property = try value(of: word, &rest)
        guard property.hasPrefix("kvm-pit.") else { throw .notHere("-global \(property)") }
      case "-device":
        let device = try value(of: word, &rest)
        let known = ["pc-testdev", "testdev", "isa-debug-exit"]
        guard known.contains(String(device.prefix { $0 != "," })) else {
          throw .notHere("the device \(device)")
        }
      default: throw .notHere([word, rest.first ?? ""].joined(separator: " "))
      }
    }
  }

  private func value(of word: String, _ rest: inout ArraySlice<String>) throws(UnitTestRefusal)
    -> String
  {
    guard let value = rest.popFirst() else { throw UnitTestRefusal("\(word) has no value") }
    return value
  }

  /// As QEMU takes them: MiB, or with a unit.
  private func megabytes(_ text: String) throws(UnitTestRefusal) -> Int {
    var text = text.prefix { $0 != "," }
    if text.hasPrefix("size=") { text = text.dropFirst(5) }
    let shifts: [Character: Int] = ["k": 10, "m": 20, "g": 30, "t": 40]
    let shift = text.last.flatMap { shifts[Character($0.lowercased())] }
    guard let number = UInt32(shift == nil ? text : text.dropLast()), number > 0 else {
      throw UnitTestRefusal("-m \(text) is not a size of memory")
    }
    // 32 bits shifted by at most 40 are 72, of which the lowest 20 go.
    return Int((UInt128(number) << UInt128(shift ?? 20)) >> 20)
  }

  private mutating func readBoard(_ text: String) throws(UnitTestRefusal) {
    for (number, part) in text.split(separator: ",").enumerated() {
      let property = part.map { $0 == "_" ? "-" : $0 }
      switch String(property) {
      case "kernel-irqchip=split": isSplit = true
      case "pit=off", "kernel-irqchip=on", "accel=kvm", "vmport=off", "pc", "q35", "type=pc",
        "type=q35":
        break
      case let name where number == 0 && (name.hasPrefix("pc-") || name.hasPrefix("q35-")): break
      default: throw .notHere("-machine \(part)")
      }
    }
  }

  /// A model of processors, of which all are KVM's here, and what is changed of it.
  private mutating func readProcessor(_ text: String) throws(UnitTestRefusal) {
    for part in text.split(separator: ",").dropFirst() {
      let (name, value) = Self.property(part)
      switch (name, value) {
      case ("vendor", _), ("migratable", _), ("check", _), ("enforce", _),
        ("host-phys-bits", "on"):
        break
      case (_, "on"), (_, "off"):
        guard let feature = ProcessorFeature.named(name) else {
          // What is not known here is not shown.
          guard value == "on" else { continue }
          throw .notHere("the processor feature \(name)")
        }
        features.append(Feature(feature: feature, isShown: value == "on"))
      default: throw .notHere("\(part) of the processor")
      }
    }
  }

  /// `+x`, `-x`, `x=on` and `x`, which is on, alike.
  private static func property(_ part: Substring) -> (name: String, value: String) {
    if part.hasPrefix("+") { return (String(part.dropFirst()), "on") }
    if part.hasPrefix("-") { return (String(part.dropFirst()), "off") }
    guard let sign = part.firstIndex(of: "=") else { return (String(part), "on") }
    let value = String(part[part.index(after: sign)...])
    let synonyms = ["yes": "on", "true": "on", "no": "off", "false": "off"]
    return (String(part[..<sign]), synonyms[value] ?? value)
  }
}
