internal import KVM
internal import LinuxHost
internal import TimerModels

/// What becomes of TSC writes.
extension HostProbe {
  private static let ia32TSC: UInt32 = 0x10

  /// Writes a value far ahead of any host's TSC, so that what is read after it can't be mistaken.
  static func findTSCWrites(on system: borrowing KVMSystem) -> Finding<TSCWrites> {
    withSpareVCPU(on: system) { (vcpu) throws(KVMError) in
      guard let before = try vcpu.modelSpecificRegister(ia32TSC) else {
        return .unknown("KVM does not know IA32_TSC")
      }
      let target = before &+ 1 << 60
      guard try vcpu.setModelSpecificRegister(ia32TSC, to: target) else {
        return .found(.ignored)
      }
      let after = try vcpu.modelSpecificRegister(ia32TSC) ?? 0
      // 2^50 cycles are more than three days: no experiment takes that long.
      let slack: UInt64 = 1 << 50
      if after &- target < slack { return .found(.honoured) }
      return .found(after &- before < slack ? .ignored : .clamped)
    }
  }

  /// Finds out by which rules KVM matches a host's TSC writes.
  ///
  /// Each experiment makes the write by which two rule sets differ, and looks whether the vCPU got
  /// what was written or what it should match. Kernels that compare microseconds are those that know
  /// nothing of zeroes; of the two such sets, the later one is named.
  static func findTSCRules(on system: borrowing KVMSystem) -> Finding<TSCRuleSet> {
    switch findTSCWrites(on: system) {
    case .found(.honoured): break
    case .found(let writes): return .unknown("TSC writes are \(writes.rawValue)")
    case .unknown(let reason): return .unknown(reason)
    }
    let far: UInt64 = 1 << 50
    return matches(on: system, { _ in [] }) { $0 / 2 }.flatMap { comparesFirst in
      matches(on: system, { _ in [far] }) { _ in 0 }.flatMap { joinsZero in
        // 0.9 s off what was written last, and 1.8 s off what the TSC shows on a stable host.
        matches(on: system, { [far, far + $0 / 10 * 9] }) { far + $0 / 10 * 18 }
          .flatMap { recordsValue in
            guard joinsZero else { return .found(.linux3_19) }
            guard !comparesFirst else { return .found(.linux4_12) }
            return .found(recordsValue ? .linux6_7 : .repaired)
          }
      }
    }
  }

  /// What a tracker has to know of this host's TSC, found by experiment.
  ///
  /// Where the kernel does not trust it, taking a vCPU up gives that another offset; and where a
  /// master clock could not be used, even one vCPU's clock is not stable.
  ///
  /// - Throws: ``KVMError`` where the throw-away machine cannot be had.
  static func findTSCHost(on system: borrowing KVMSystem) throws(KVMError) -> TSCHost {
    let memory: GuestMemory
    do { memory = try GuestMemory(size: 1 << 16) } catch { throw .failed(error) }
    let machine = try VirtualMachine(on: system, memory: memory)
    // `hlt`
    let isInside = machine.memory.write([0xf4], at: 0x1000)
    precondition(isInside)
    let vcpu = try machine.createVCPU(0)
    let kilohertz = try vcpu.tscFrequency()
    guard let frequency = try? TSCFrequency(kilohertz: kilohertz) else {
      preconditionFailure("KVM says that its TSC runs at \(kilohertz) kHz")
    }
    var isStable = true
    if vcpu.hasTSCOffset {
      let offset = try vcpu.tscOffset()
      isStable = try vcpu.tscOffset() == offset
    }
    try StartState.startUp(page: 1).apply(to: vcpu)
    _ = try firstExit(of: vcpu)
    return TSCHost(
      frequency: frequency, isStable: isStable, isClockSource: try machine.clock().isStable)
  }

  /// Whether the last of some writes to a new vCPU matches.
  ///
  /// One that does not gives the TSC its value, and a reading follows within microseconds. One that
  /// matches gives another: on a stable host what the TSC showed, on an unstable one the value and
  /// the time since the write before it, hence the pause. A reading that comes late looks like a
  /// match, so it takes three of three.
  ///
  /// - Parameters:
  ///   - system: Where to make the VMs.
  ///   - first: The writes before, by the cycles of a second.
  ///   - last: The write in question.
  /// - Returns: Whether it matches.
  private static func matches(
    on system: borrowing KVMSystem, _ first: (_ second: UInt64) -> [UInt64],
    _ last: (_ second: UInt64) -> UInt64
  ) -> Finding<Bool> {
    for _ in 0..<3 {
      let isMatched: Finding<Bool> = withSpareVCPU(on: system) { (vcpu) throws(KVMError) in
        let second = UInt64(try vcpu.tscFrequency()) * 1000
        for value in first(second) { _ = try vcpu.setModelSpecificRegister(ia32TSC, to: value) }
        pause(nanoseconds: 10_000_000)
        let value = last(second)
        _ = try vcpu.setModelSpecificRegister(ia32TSC, to: value)
        let read = try vcpu.modelSpecificRegister(ia32TSC) ?? 0
        // 4 ms: less than the pause.
        return .found(read &- value > second / 250)
      }
      guard case .found(true) = isMatched else { return isMatched }
    }
    return .found(true)
  }

  private static func pause(nanoseconds: UInt64) {
    let end = MonotonicClock.now() + nanoseconds
    while MonotonicClock.now() < end {}
  }
}
