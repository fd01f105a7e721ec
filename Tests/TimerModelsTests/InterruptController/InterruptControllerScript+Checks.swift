import TimerModels

extension InterruptControllerScript {
  /// The outputs of all CPUs, whichever of them did something.
  mutating func checkOutputs() -> String? {
    for cpu in 0..<cpuCount {
      let expected = naive.signalled(cpu) != nil
      guard model.irqOutput(cpu: cpu) == expected else {
        return "IRQ of CPU \(cpu) not \(expected)"
      }
      let registers = [
        ("HPPIR", GICC.hppir, naive.shown(naive.highest(cpu), cpu)),
        ("RPR", GICC.rpr, min(naive.running(cpu), 0xff)),
      ]
      for (name, offset, value) in registers {
        let observed = model.read(.cpuInterface, offset: offset, size: 4, cpu: cpu)
        guard Int(observed) == value else {
          return "\(name) of CPU \(cpu) is \(observed), not \(value)"
        }
      }
    }
    return nil
  }

  /// Every register that can be read without an effect.
  mutating func checkRegisters() -> String? {
    for cpu in 0..<cpuCount {
      for (name, frame, offset, value) in expectedRegisters(cpu) {
        let observed = model.read(frame, offset: offset, size: 4, cpu: cpu)
        guard observed == value else {
          let place = String(offset, radix: 16)
          return "\(name) at \(place) of CPU \(cpu) is \(observed), not \(value)"
        }
      }
      // A byte shows what the word shows.
      for id in 0..<64 {
        let word = model.read(.distributor, offset: GICD.ipriorityr + id & ~3, size: 4, cpu: cpu)
        let byte = model.read(.distributor, offset: GICD.ipriorityr + id, size: 1, cpu: cpu)
        guard byte == word >> (8 * UInt32(id % 4)) & 0xff else { return "the priority of \(id)" }
      }
    }
    return nil
  }

  private func expectedRegisters(
    _ cpu: Int
  ) -> [(String, InterruptControllerFrame, Int, UInt32)] {
    var all: [(String, InterruptControllerFrame, Int, UInt32)] = []
    for word in 0...1 {
      let ids = word * 32..<word * 32 + 32
      let enabled = bits(ids) { naive.enabled.contains(naive.interrupt($0, cpu)) }
      let pending = bits(ids) { naive.isPending($0, cpu) }
      let active = bits(ids) { naive.active.contains(naive.interrupt($0, cpu)) }
      for (offset, value) in zip([0x100, 0x200, 0x300], [enabled, pending, active]) {
        all.append(("set bits", .distributor, offset + 4 * word, value))
        all.append(("clear bits", .distributor, offset + 0x80 + 4 * word, value))
      }
    }
    for id in stride(from: 0, to: 64, by: 4) {
      let priorities = bytes(id) { naive.priorities[naive.interrupt($0, cpu), default: 0] }
      all.append(("priority", .distributor, GICD.ipriorityr + id, priorities))
      let targets = bytes(id) { id in
        if cpuCount == 1 { return 0 }
        return id < 32 ? 1 << cpu : naive.targets[id, default: []].reduce(0) { $0 + 1 << $1 }
      }
      all.append(("targets", .distributor, GICD.itargetsr + id, targets))
    }
    for index in 0..<4 {
      let fields = (0..<16).reduce(UInt32(0)) {
        $0 + (naive.edges.contains(index * 16 + $1) ? 2 << (2 * $1) : 0)
      }
      all.append(("configuration", .distributor, GICD.icfgr + 4 * index, fields))
      let sources = bytes(4 * index) { id in
        naive.messages.filter { $0.target == cpu && $0.id == id }.reduce(0) { $0 + 1 << $1.source }
      }
      all.append(("SPENDSGIR", .distributor, GICD.spendsgir + 4 * index, sources))
      all.append(("CPENDSGIR", .distributor, GICD.cpendsgir + 4 * index, sources))
      let levels = naive.interfaces[cpu].running.filter { $0 / 64 == index }
        .reduce(UInt32(0)) { $0 | 1 << ($1 / 2 % 32) }
      all.append(("APR", .cpuInterface, GICC.apr + 4 * index, levels))
    }
    let interface = naive.interfaces[cpu]
    all += [
      ("GICD_CTLR", .distributor, GICD.ctlr, naive.isForwarding ? 1 : 0),
      ("TYPER", .distributor, GICD.typer, UInt32(1 + 32 * (cpuCount - 1))),
      ("SGIR", .distributor, GICD.sgir, 0),
      (
        "GICC_CTLR", .cpuInterface, GICC.ctlr,
        (interface.isEnabled ? 1 : 0) + (interface.splits ? 0x200 : 0)
      ),
      ("PMR", .cpuInterface, GICC.pmr, UInt32(interface.mask)),
      ("BPR", .cpuInterface, GICC.bpr, UInt32(interface.binaryPoint)),
    ]
    return all
  }

  private func bits(_ ids: Range<Int>, where isSet: (Int) -> Bool) -> UInt32 {
    ids.reduce(0) { $0 + (isSet($1) ? 1 << ($1 % 32) : 0) }
  }

  private func bytes(_ id: Int, _ value: (Int) -> Int) -> UInt32 {
    (0..<4).reduce(0) { $0 + UInt32(value(id + $1)) << (8 * $1) }
  }
}
