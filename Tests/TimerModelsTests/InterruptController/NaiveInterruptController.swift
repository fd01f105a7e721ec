/// What an interrupt controller should do, written from the rules with sets of interrupts.
///
/// An interrupt is one of one CPU, or of all of them: `(cpu, id)`, with `cpu` nil for an SPI.
struct NaiveInterruptController {
  struct Interrupt: Hashable {
    var cpu: Int?
    var id: Int
  }
  /// An SGI that one CPU sent to another.
  struct Message: Hashable {
    var target: Int
    var id: Int
    var source: Int
  }

  let cpuCount: Int
  var isForwarding = false
  var enabled: Set<Interrupt> = []
  var latched: Set<Interrupt> = []
  var lines: Set<Interrupt> = []
  var edges: Set<Int> = Set(0..<16)
  var active: Set<Interrupt> = []
  var priorities: [Interrupt: Int] = [:]
  var targets: [Int: Set<Int>] = [:]
  var messages: Set<Message> = []
  var interfaces: [Interface]

  struct Interface {
    var isEnabled = false
    var splits = false
    var mask = 0
    var binaryPoint = 0
    /// The group priorities that were taken and not dropped, the last taken last.
    var running: [Int] = []
    /// What was acknowledged and not ended.
    var taken: Set<Int> = []
  }

  init(cpuCount: Int) {
    self.cpuCount = cpuCount
    interfaces = Array(repeating: Interface(), count: cpuCount)
    for cpu in 0..<cpuCount {
      for id in 0..<16 { enabled.insert(Interrupt(cpu: cpu, id: id)) }
    }
    if cpuCount == 1 { for id in 32..<64 { targets[id] = [0] } }
  }

  func interrupt(_ id: Int, _ cpu: Int) -> Interrupt { Interrupt(cpu: id < 32 ? cpu : nil, id: id) }

  func isPending(_ id: Int, _ cpu: Int) -> Bool {
    if id < 16 { return messages.contains { $0.target == cpu && $0.id == id } }
    let key = interrupt(id, cpu)
    return latched.contains(key) || (!edges.contains(id) && lines.contains(key))
  }

  // MARK: - Distributor

  mutating func setLine(_ id: Int, _ cpu: Int, _ level: Bool) {
    let key = interrupt(id, cpu)
    if level {
      let rose = lines.insert(key).inserted
      if rose && edges.contains(id) { latched.insert(key) }
    } else {
      lines.remove(key)
    }
  }

  mutating func setEnabled(_ id: Int, _ cpu: Int, _ isEnabled: Bool) {
    if isEnabled {
      enabled.insert(interrupt(id, cpu))
    } else if id >= 16 {
      enabled.remove(interrupt(id, cpu))
    }
  }

  mutating func setLatch(_ id: Int, _ cpu: Int, _ isSet: Bool) {
    guard id >= 16 else { return }
    if isSet { latched.insert(interrupt(id, cpu)) } else { latched.remove(interrupt(id, cpu)) }
  }

  mutating func setActive(_ id: Int, _ cpu: Int, _ isActive: Bool) {
    if isActive { active.insert(interrupt(id, cpu)) } else { active.remove(interrupt(id, cpu)) }
  }

  mutating func setEdge(_ id: Int, _ isEdge: Bool) {
    guard id >= 32 else { return }
    if isEdge { edges.insert(id) } else { edges.remove(id) }
  }

  mutating func setTargets(_ id: Int, _ cpus: Int) {
    guard id >= 32, cpuCount > 1 else { return }
    targets[id] = Set((0..<cpuCount).filter { cpus & (1 << $0) != 0 })
  }

  mutating func sendSGI(_ id: Int, from cpu: Int, filter: Int, list: Int) {
    for target in 0..<cpuCount {
      let isMeant =
        filter == 0 && list & (1 << target) != 0 || filter == 1 && target != cpu
        || filter == 2 && target == cpu
      if isMeant { messages.insert(Message(target: target, id: id, source: cpu)) }
    }
  }

  mutating func reset(_ id: Int, _ cpu: Int) {
    let key = interrupt(id, cpu)
    lines.remove(key)
    latched.remove(key)
    active.remove(key)
    messages = messages.filter { $0.target != cpu || $0.id != id }
  }

  // MARK: - CPU interface

  func running(_ cpu: Int) -> Int { interfaces[cpu].running.last ?? 256 }

  /// The best of all that may be signalled, priorities first and then numbers.
  func highest(_ cpu: Int) -> Int? {
    let interface = interfaces[cpu]
    guard isForwarding, interface.isEnabled else { return nil }
    return (0..<64).filter { id in
      let key = interrupt(id, cpu)
      return isPending(id, cpu) && enabled.contains(key) && !active.contains(key)
        && (id < 32 || targets[id]?.contains(cpu) == true)
        && priorities[key, default: 0] < interface.mask
    }.min { left, right in
      let leftPriority = priorities[interrupt(left, cpu), default: 0]
      let rightPriority = priorities[interrupt(right, cpu), default: 0]
      return (leftPriority, left) < (rightPriority, right)
    }
  }

  func signalled(_ cpu: Int) -> Int? {
    guard let id = highest(cpu), priorities[interrupt(id, cpu), default: 0] < running(cpu)
    else { return nil }
    return id
  }

  /// The number that GICC_IAR shows for an interrupt: with the lowest source of an SGI.
  func shown(_ id: Int?, _ cpu: Int) -> Int {
    guard let id else { return 1023 }
    let sources = messages.filter { $0.target == cpu && $0.id == id }.map(\.source)
    return id + 1024 * (sources.min() ?? 0)
  }

  mutating func acknowledge(_ cpu: Int) -> Int {
    let id = signalled(cpu)
    let value = shown(id, cpu)
    guard let id else { return value }
    messages.remove(Message(target: cpu, id: id, source: value / 1024))
    latched.remove(interrupt(id, cpu))
    active.insert(interrupt(id, cpu))
    let group = 1 << (interfaces[cpu].binaryPoint + 1)
    interfaces[cpu].running.append(priorities[interrupt(id, cpu), default: 0] / group * group)
    interfaces[cpu].taken.insert(id)
    return value
  }

  mutating func end(_ value: Int, _ cpu: Int) {
    let id = value % 1024
    let isKnown = interfaces[cpu].taken.contains(id) || active.contains(interrupt(id, cpu))
    // One was taken again within its handler, or GICC_APR was written.
    let isOther = id < 64 && interfaces[cpu].taken.count < interfaces[cpu].running.count
    guard isKnown || isOther else { return }
    interfaces[cpu].taken.remove(id)
    _ = interfaces[cpu].running.popLast()
    if !interfaces[cpu].splits { active.remove(interrupt(id, cpu)) }
  }

  mutating func deactivate(_ value: Int, _ cpu: Int) {
    if interfaces[cpu].splits { active.remove(interrupt(value % 1024, cpu)) }
  }
}
