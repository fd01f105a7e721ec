import CKVM
import CTestSupport
import Glibc
import KVM
import TestSupport
import TimerModels

/// One VM's TSCs, in KVM and in the tracker, given the same operations.
///
/// KVM reads the host's clocks somewhere inside an operation. So each prediction is made twice, for
/// the clocks just before and just after it: where both agree, KVM must do the same; where they give
/// bounds, KVM must stay within them, and the tracker continues from what KVM did.
final class TSCKernelDuel {
  /// What ends a sequence before its time.
  enum Failure: Error {
    /// KVM and the tracker disagree.
    case disagreement(String)
    /// An operation took so long that a prediction could go either way.
    case unclear
  }

  /// A vCPU that an array can hold.
  private final class Processor {
    let vcpu: VirtualCPU

    init(_ vcpu: consuming VirtualCPU) {
      self.vcpu = vcpu
    }
  }

  private static let ia32TSC: UInt32 = 0x10
  private static let ia32TSCAdjust: UInt32 = 0x3b

  private let features: ProcessorFeatures
  private let machine: VirtualMachine
  private var processors: [Processor] = []
  private var tracker: TSCMatchingTracker
  private var random: SplitMix64
  /// The nanoseconds that the operations took, inside which KVM's readings lie at unknown points.
  private var width: UInt64 = 0
  private(set) var log: [String] = []
  private(set) var matches = 0
  private(set) var generations = 0
  private(set) var entries = 0
  private(set) var guestWrites = 0

  init(_ host: TSCHost, rules: TSCRuleSet, system: borrowing KVMSystem, seed: UInt64) throws {
    features = try system.supportedFeatures()
    machine = try VirtualMachine(on: system, memory: GuestMemory(size: 1 << 16))
    // At 0x1000 in real mode: `hlt`; at 0x1010: `wrmsr; hlt`.
    let halt = machine.memory.write([0xf4], at: 0x1000)
    let write = machine.memory.write([0x0f, 0x30, 0xf4], at: 0x1010)
    precondition(halt && write)
    tracker = TSCMatchingTracker(host: host, rules: rules)
    random = SplitMix64(seed: seed)
  }

  /// Carries out a random operation, and compares.
  func step(vcpuLimit: Int) throws {
    // On an unstable host a match shows by the time since the write before.
    if !tracker.state.host.isStable { usleep(4000) }
    let count = processors.count
    if count == 0 || count < vcpuLimit && Int.random(in: 0..<4, using: &random) == 0 {
      try create()
    } else {
      try act(on: Int.random(in: 0..<count, using: &random))
    }
    let usesMasterClock = tracker.state.usesMasterClock
    guard try machine.clock().isStable == usesMasterClock else {
      throw Failure.disagreement("a master clock: \(!usesMasterClock), not \(usesMasterClock)")
    }
  }

  private func act(on vcpu: Int) throws {
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<5: try hostWrite(vcpu)
    case 5..<7: try writeOffset(vcpu)
    case 7: try writeAdjust(vcpu)
    case 8: try guestWrite(vcpu, Self.ia32TSC)
    case 9: try guestWrite(vcpu, Self.ia32TSCAdjust)
    default: try enter(vcpu)
    }
  }

  // MARK: Operations

  private func create() throws {
    let index = processors.count
    try synchronize("create \(index)", vcpu: index) {
      processors.append(Processor(try machine.createVCPU(index)))
    } predict: {
      $0.createVCPU(at: $1)
    }
    try processors[index].vcpu.setFeatures(features, index: index)
  }

  private func hostWrite(_ vcpu: Int) throws {
    let second = Int64(tracker.state.host.frequency.hertz)
    let expected = tracker.expectedValue(at: Self.now(), vcpu: vcpu)
    // Nowhere near an edge of the window, so that the time that an operation takes does not decide.
    let tenths: [Int64] = [0, 0, 3, -3, 7, -7, 13, -13, 40, -40]
    let distance = second / 10 * (tenths.randomElement(using: &random) ?? 0)
    let near = expected &+ UInt64(bitPattern: distance)
    let values = [near, near, near, 0, random.next() >> 8]
    let value = values.randomElement(using: &random) ?? 0
    try synchronize("write \(vcpu) \(value)", vcpu: vcpu) {
      try set(Self.ia32TSC, of: vcpu, to: value)
    } predict: {
      $0.hostWriteTSC(at: $1, vcpu: vcpu, value)
    }
  }

  private func writeOffset(_ vcpu: Int) throws {
    let state = tracker.state
    let known = [
      state.lastOffset, state.lastOffset, state.generationOffset, state.vcpus[vcpu].offset,
    ]
    // On an unstable host the offset that the last write gave cannot be known outside.
    let offsets = (state.host.isStable ? known : []) + [random.next()]
    let offset = offsets.randomElement(using: &random) ?? 0
    try synchronize("offset \(vcpu) \(Int64(bitPattern: offset))", vcpu: vcpu) {
      try processors[vcpu].vcpu.setTSCOffset(offset)
    } predict: {
      $0.hostWriteOffset(at: $1, vcpu: vcpu, offset)
    }
  }

  private func writeAdjust(_ vcpu: Int) throws {
    let value = random.next()
    try advance("host adjust \(vcpu) \(value)", vcpu: vcpu) {
      try set(Self.ia32TSCAdjust, of: vcpu, to: value)
    } predict: {
      _ = $0.hostWriteAdjust(at: $1, vcpu: vcpu, value)
    }
  }

  private func guestWrite(_ vcpu: Int, _ register: UInt32) throws {
    let value = random.next() >> 8
    guestWrites += 1
    try advance("guest \(vcpu) 0x\(String(register, radix: 16)) \(value)", vcpu: vcpu) {
      try run(vcpu, from: 0x1010, register, value)
    } predict: {
      _ = $0.enterGuest(at: $1, vcpu: vcpu)
      _ =
        register == Self.ia32TSC
        ? $0.guestWriteTSC(at: $1, vcpu: vcpu, value)
        : $0.guestWriteAdjust(at: $1, vcpu: vcpu, value)
      _ = $0.exitGuest(at: $1, vcpu: vcpu)
    } orElse: {
      _ = $0.enterGuest(at: $1, vcpu: vcpu)
      _ = $0.exitGuest(at: $1, vcpu: vcpu)
    }
  }

  private func enter(_ vcpu: Int) throws {
    entries += 1
    try advance("enter \(vcpu)", vcpu: vcpu) {
      try run(vcpu, from: 0x1000)
    } predict: {
      _ = $0.enterGuest(at: $1, vcpu: vcpu)
      _ = $0.exitGuest(at: $1, vcpu: vcpu)
    }
  }

  private func set(_ register: UInt32, of vcpu: Int, to value: UInt64) throws {
    guard try processors[vcpu].vcpu.setModelSpecificRegister(register, to: value) else {
      throw Failure.disagreement("KVM refuses MSR 0x\(String(register, radix: 16))")
    }
  }

  private func run(
    _ vcpu: Int, from address: UInt64, _ register: UInt32 = 0, _ value: UInt64 = 0
  ) throws {
    let target = processors[vcpu]
    try target.vcpu.jump(to: address) {
      $0.rcx = UInt64(register)
      ($0.rax, $0.rdx) = (value & 0xffff_ffff, value >> 32)
    }
    var exit = try target.vcpu.enter()
    while exit == .interrupted { exit = try target.vcpu.enter() }
    guard exit == .halt else { throw Failure.disagreement("\(exit) instead of a halt") }
  }

  // MARK: Comparing

  /// A write that is matched or starts a generation.
  private func synchronize(
    _ text: String, vcpu: Int, _ operation: () throws -> Void,
    predict: (inout TSCMatchingTracker, TSCHostTime) -> TSCDecision
  ) throws {
    log.append(text)
    let (before, after) = try measure(operation)
    var (early, late) = (tracker, tracker)
    let decision = predict(&early, before)
    guard predict(&late, after).isMatched == decision.isMatched else { throw Failure.unclear }
    log.append("  \(decision)")
    if decision.isMatched == true { matches += 1 } else { generations += 1 }
    let offset = try adopt(early, late, vcpu)
    guard tracker.state.host.isStable else { return }
    tracker.state.lastOffset = offset
    if decision.isMatched == false { tracker.state.generationOffset = offset }
  }

  /// An operation that concerns no generation.
  ///
  /// On an unstable host it makes a difference whether the thread lost its CPU in the middle. When KVM
  /// takes the vCPU up anew, its TSC continues from where it was when the guest was last left, and what
  /// the guest has written since is lost. Nothing shows it, so either outcome will do.
  private func advance(
    _ text: String, vcpu: Int, _ operation: () throws -> Void,
    predict: (inout TSCMatchingTracker, TSCHostTime) -> Void,
    orElse alternative: ((inout TSCMatchingTracker, TSCHostTime) -> Void)? = nil
  ) throws {
    log.append(text)
    let (before, after) = try measure(operation)
    let start = tracker
    func outcome(_ predict: (inout TSCMatchingTracker, TSCHostTime) -> Void) throws {
      var (early, late) = (start, start)
      predict(&early, before)
      predict(&late, after)
      _ = try adopt(early, late, vcpu)
    }
    do { try outcome(predict) } catch let failure as Failure {
      guard !start.state.host.isStable, let alternative else { throw failure }
      try outcome(alternative)
    }
  }

  /// Compares what KVM did with the two predictions, and continues from it.
  ///
  /// - Returns: The vCPU's offset.
  private func adopt(
    _ early: TSCMatchingTracker, _ late: TSCMatchingTracker, _ vcpu: Int
  ) throws -> UInt64 {
    tracker = early
    let (first, last) = (early.state.vcpus[vcpu], late.state.vcpus[vcpu])
    let adjust = try processors[vcpu].vcpu.modelSpecificRegister(Self.ia32TSCAdjust) ?? 0
    if tracker.state.host.isStable {
      let offset = try processors[vcpu].vcpu.tscOffset()
      // The later reading gives the smaller offset, and the smaller adjustment.
      try check("offset", offset, from: last.offset, to: first.offset)
      try check("IA32_TSC_ADJUST", adjust, from: last.adjust, to: first.adjust)
      tracker.state.vcpus[vcpu].offset = offset
      tracker.state.vcpus[vcpu].adjust = adjust
      return offset
    }
    // Taken up without being entered, the vCPU shows what it did when it was written or left.
    var shown: UInt64 = 0
    _ = try measure {
      shown = try processors[vcpu].vcpu.modelSpecificRegister(Self.ia32TSC) ?? 0
    }
    let slack = tracker.state.host.frequency.cycles(in: width)
    try check("TSC", shown, from: first.lastGuestTSC &- slack, to: last.lastGuestTSC &+ slack)
    tracker.state.vcpus[vcpu].lastGuestTSC = shown
    tracker.state.vcpus[vcpu].adjust = adjust
    return tracker.state.vcpus[vcpu].offset
  }

  private func check(
    _ what: String, _ value: UInt64, from low: UInt64, to high: UInt64
  ) throws {
    guard value &- low <= high &- low else {
      throw Failure.disagreement("\(what) \(value), not from \(low) to \(high)")
    }
  }

  /// Carries an operation out between two readings of the clocks.
  private func measure(_ operation: () throws -> Void) throws -> (TSCHostTime, TSCHostTime) {
    let before = Self.now()
    try operation()
    // In the order that leaves the operation inside.
    var after = Self.now()
    after.tsc = test_tsc()
    let nanoseconds = after.instant.nanoseconds - before.instant.nanoseconds
    // The values written keep 0.3 s away from every edge.
    guard nanoseconds < 50_000_000 else { throw Failure.unclear }
    width += nanoseconds
    return (before, after)
  }

  private static func now() -> TSCHostTime {
    let tsc = test_tsc()
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_RAW, &time)
    let nanoseconds = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    return TSCHostTime(instant: Instant(nanoseconds: nanoseconds), tsc: tsc)
  }
}
