import TestSupport
import TimerModels

/// One random life of a controller, led by a model and the naive reference together.
///
/// The model is operated and read through its registers in memory, as guests do it.
struct InterruptControllerScript<Controller: InterruptControllerRules> {
  var random: SplitMix64
  let cpuCount: Int
  var model: Controller
  var naive: NaiveInterruptController
  /// What was done, for the message of a failure.
  var log: [String] = []
  /// How many interrupts were taken, and how many of them while another one ran.
  var taken = 0
  var preemptions = 0

  init(seed: UInt64) {
    random = SplitMix64(seed: seed)
    cpuCount = seed % 3 == 0 ? 1 + Int(random.next() % 8) : 1 + Int(seed % 2)
    model = Controller(cpuCount: cpuCount)
    naive = NaiveInterruptController(cpuCount: cpuCount)
    // Most lives start with everything on, as nothing is signalled otherwise.
    guard seed % 8 != 0 else { return }
    writeDistributor(GICD.ctlr, 1, 0)
    naive.isForwarding = true
    for cpu in 0..<cpuCount {
      writeInterface(GICC.ctlr, 1, cpu)
      writeInterface(GICC.pmr, 0xff, cpu)
      naive.interfaces[cpu].isEnabled = true
      naive.interfaces[cpu].mask = 0xff
      for word in 0...1 { writeDistributor(GICD.isenabler + 4 * word, .max, cpu) }
      for id in 0..<64 { naive.setEnabled(id, cpu, true) }
    }
  }

  /// Runs `steps` random steps; the answer is what went wrong first, or nil.
  mutating func run(steps: Int) -> String? {
    for step in 1...steps {
      if let problem = operate() ?? checkOutputs() { return problem }
      if step % 10 == 0, let problem = checkRegisters() { return problem }
    }
    return checkRegisters()
  }

  // MARK: - Operations

  private var anyCPU: Int { mutating get { Int(random.next() % UInt64(cpuCount)) } }

  private mutating func anyID(from first: Int = 0) -> Int {
    // A few are met again and again; all are met now and then.
    let favourites = [0, 3, 15, 16, 27, 30, 31, 32, 33, 63].filter { $0 >= first }
    if random.next() % 4 != 0 { return favourites.randomElement(using: &random) ?? 63 }
    return first + Int(random.next() % UInt64(64 - first))
  }

  private mutating func operate() -> String? {
    let cpu = anyCPU
    switch random.next() % 24 {
    case 20...23:
      // The usual course of things; an interrupt that runs to its end lets others in.
      let problem = acknowledge(cpu)
      end(cpu)
      deactivate(cpu)
      return problem
    case 0...3:
      let (id, level) = (anyID(from: 16), random.next() % 2 == 0)
      model.setLine(id, cpu: cpu, level: level)
      naive.setLine(id, cpu, level)
      note("line \(id) of CPU \(cpu) \(level)")
    case 4, 5: sendSGI(cpu)
    case 6...9: return acknowledge(cpu)
    case 10, 11: end(cpu)
    case 12: deactivate(cpu)
    case 13, 14: writeBits(cpu)
    case 15: writeField(cpu)
    case 16: writeConfiguration(cpu)
    case 17: configureInterface(cpu)
    case 18: writeSources(cpu)
    default: return doSomethingRare(cpu)
    }
    return nil
  }

  private mutating func sendSGI(_ cpu: Int) {
    let (id, filter, list) = (anyID() % 16, Int(random.next() % 4), Int(random.next() % 256))
    let noise = UInt32(truncatingIfNeeded: random.next()) & 0xfc00_fff0
    writeDistributor(GICD.sgir, noise | UInt32(id | list << 16 | filter << 24), cpu)
    naive.sendSGI(id, from: cpu, filter: filter, list: list)
    note("SGI \(id) from CPU \(cpu), filter \(filter), list \(list)")
  }

  private mutating func acknowledge(_ cpu: Int) -> String? {
    let wasRunning = naive.running(cpu) < 256
    let expected = naive.acknowledge(cpu)
    let observed = model.read(.cpuInterface, offset: GICC.iar, size: 4, cpu: cpu)
    note("CPU \(cpu) takes \(expected)")
    if expected != 1023 {
      taken += 1
      preemptions += wasRunning ? 1 : 0
    }
    return Int(observed) == expected ? nil : "CPU \(cpu) took \(observed), not \(expected)"
  }

  private mutating func end(_ cpu: Int) {
    let known = naive.interfaces[cpu].taken.sorted()
    var value = known.randomElement(using: &random) ?? 1023
    if random.next() % 4 == 0 { value = anyID() + 1024 * Int(random.next() % 8) }
    if random.next() % 20 == 0 { value = 64 + Int(random.next() % 960) }
    writeInterface(GICC.eoir, UInt32(value), cpu)
    naive.end(value, cpu)
    note("CPU \(cpu) ends \(value)")
  }

  private mutating func deactivate(_ cpu: Int) {
    let value = naive.active.filter { $0.cpu ?? cpu == cpu }.map(\.id).min() ?? anyID()
    writeInterface(GICC.dir, UInt32(value), cpu)
    naive.deactivate(value, cpu)
    note("CPU \(cpu) deactivates \(value)")
  }

  private mutating func writeBits(_ cpu: Int) {
    let word = Int(random.next() % 2)
    var bits: UInt32 = 0
    for _ in 0...random.next() % 3 { bits |= 1 << (anyID() % 32) }
    let kind = Int(random.next() % 6)
    writeDistributor(GICD.isenabler + 0x80 * kind + 4 * word, bits, cpu)
    for index in 0..<32 where bits >> index & 1 == 1 {
      let id = word * 32 + index
      switch kind {
      case 0, 1: naive.setEnabled(id, cpu, kind == 0)
      case 2, 3: naive.setLatch(id, cpu, kind == 2)
      default: naive.setActive(id, cpu, kind == 4)
      }
    }
    let name = ["ISENABLER", "ICENABLER", "ISPENDR", "ICPENDR", "ISACTIVER", "ICACTIVER"][kind]
    note("\(name)\(word) of CPU \(cpu) = \(String(bits, radix: 16))")
  }

  private var anyPriority: Int {
    mutating get {
      [0, 0x3f, 0x40, 0x41, 0x80, 0xa0, 0xa1, 0xfe, 0xff].randomElement(using: &random) ?? 0
    }
  }

  /// A byte, or all four of a word, of IPRIORITYR or ITARGETSR.
  private mutating func writeField(_ cpu: Int) {
    let isPriority = random.next() % 3 != 0
    let size = random.next() % 2 == 0 ? 1 : 4
    let id = anyID(from: isPriority ? 0 : 24) / size * size
    var word: UInt32 = 0
    for index in 0..<size {
      let value = isPriority ? anyPriority : Int(random.next() % 256)
      word |= UInt32(value) << (8 * index)
      if isPriority {
        naive.priorities[naive.interrupt(id + index, cpu)] = value
      } else {
        naive.setTargets(id + index, value)
      }
    }
    let offset = (isPriority ? GICD.ipriorityr : GICD.itargetsr) + id
    // Bits above those that the access has are noise.
    if size == 1 { word |= 0xabcd_ef00 }
    model.write(.distributor, offset: offset, size: size, value: word, cpu: cpu)
    note("\(size) bytes at \(String(offset, radix: 16)) of CPU \(cpu) = \(String(word, radix: 16))")
  }

  private mutating func writeConfiguration(_ cpu: Int) {
    let (index, fields) = (Int(random.next() % 4), UInt32(truncatingIfNeeded: random.next()))
    writeDistributor(GICD.icfgr + 4 * index, fields, cpu)
    for bit in 0..<16 { naive.setEdge(index * 16 + bit, fields >> (2 * bit + 1) & 1 == 1) }
    note("ICFGR\(index) = \(String(fields, radix: 16))")
  }

  private mutating func configureInterface(_ cpu: Int) {
    switch random.next() % 4 {
    case 0:
      let value = random.next() % 4 != 0 ? 0xff : anyPriority
      writeInterface(GICC.pmr, UInt32(value), cpu)
      naive.interfaces[cpu].mask = value
      note("PMR of CPU \(cpu) = \(value)")
    case 1:
      let value = Int(random.next() % 16)
      writeInterface(GICC.bpr, UInt32(value), cpu)
      naive.interfaces[cpu].binaryPoint = value % 8
      note("BPR of CPU \(cpu) = \(value)")
    default:
      let value = UInt32([1, 1, 0x201, 0x201, 0x200, 0].randomElement(using: &random) ?? 0)
      writeInterface(GICC.ctlr, value | 0x1e6, cpu)
      naive.interfaces[cpu].isEnabled = value & 1 == 1
      naive.interfaces[cpu].splits = value & 0x200 != 0
      note("GICC_CTLR of CPU \(cpu) = \(value)")
    }
  }

  private mutating func writeSources(_ cpu: Int) {
    let (id, isSet, value) = (anyID() % 16, random.next() % 2 == 0, UInt32(random.next() % 256))
    let offset = (isSet ? GICD.spendsgir : GICD.cpendsgir) + id
    model.write(.distributor, offset: offset, size: 1, value: value, cpu: cpu)
    for source in 0..<cpuCount where value >> source & 1 == 1 {
      let message = NaiveInterruptController.Message(target: cpu, id: id, source: source)
      if isSet { naive.messages.insert(message) } else { naive.messages.remove(message) }
    }
    note("\(isSet ? "S" : "C")PENDSGIR of \(id) at CPU \(cpu): \(value)")
  }

  private mutating func doSomethingRare(_ cpu: Int) -> String? {
    switch random.next() % 4 {
    case 0:
      let isOn = random.next() % 4 != 0
      writeDistributor(GICD.ctlr, isOn ? 0xff : 0xfe, cpu)
      naive.isForwarding = isOn
      note("GICD_CTLR \(isOn)")
    case 1:
      let id = anyID()
      model.resetInterrupt(id, cpu: cpu)
      naive.reset(id, cpu)
      note("reset of \(id) at CPU \(cpu)")
    case 2:
      // All are dropped, or there is one: the guest restores what it ran at.
      let level = Int(random.next() % 129)
      for index in 0..<4 {
        let bits: UInt32 = level / 32 == index ? 1 << (level % 32) : 0
        writeInterface(GICC.apr + 4 * index, bits, cpu)
      }
      naive.interfaces[cpu].running = level < 128 ? [2 * level] : []
      note("GICC_APR of CPU \(cpu): level \(level)")
    default: return accessBadly(cpu)
    }
    return nil
  }

  /// Unaligned, of a wrong size, or where there is nothing: no effect, and reads as 0.
  private mutating func accessBadly(_ cpu: Int) -> String? {
    let before = model
    let accesses: [(InterruptControllerFrame, Int, Int)] = [
      (.distributor, GICD.isenabler, 1), (.distributor, GICD.isenabler + 2, 4),
      (.distributor, GICD.ipriorityr + 2, 4), (.distributor, GICD.ipriorityr, 2),
      (.distributor, GICD.itargetsr, 8), (.distributor, GICD.isenabler + 8, 4),
      (.distributor, GICD.ipriorityr + 64, 4), (.distributor, GICD.icfgr + 16, 4),
      (.distributor, GICD.sgir, 2), (.distributor, 0xffc, 4), (.distributor, 0x10_0000, 4),
      (.cpuInterface, GICC.iar, 2), (.cpuInterface, GICC.iar + 1, 4),
      (.cpuInterface, GICC.pmr, 1), (.cpuInterface, GICC.apr + 16, 4), (.cpuInterface, 0x1ffc, 4),
    ]
    guard let (frame, offset, size) = accesses.randomElement(using: &random) else { return nil }
    model.write(frame, offset: offset, size: size, value: .max, cpu: cpu)
    let value = model.read(frame, offset: offset, size: size, cpu: cpu)
    return value == 0 && model == before ? nil : "\(size) bytes at \(offset) of \(frame)"
  }

  private mutating func writeDistributor(_ offset: Int, _ value: UInt32, _ cpu: Int) {
    model.write(.distributor, offset: offset, size: 4, value: value, cpu: cpu)
  }

  private mutating func writeInterface(_ offset: Int, _ value: UInt32, _ cpu: Int) {
    model.write(.cpuInterface, offset: offset, size: 4, value: value, cpu: cpu)
  }

  private mutating func note(_ text: String) { log.append(text) }
}
