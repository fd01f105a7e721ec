public import KVM

/// The state of a toy machine, part by part, each by the one request that KVM has for it.
///
/// Nothing is reordered, completed or made good here: that is what is under test.
extension ToyMachine {
  /// Reads a part.
  ///
  /// Assumes: ``settle()`` since the last ``run()``.
  ///
  /// - Parameter part: Which.
  /// - Returns: The kernel's structure; of MSRs their values, 8 bytes each; of the clock its nanoseconds.
  /// - Throws: `KVMError.failed(_:)` naming the request.
  public func get(_ part: TorturePart) throws(KVMError) -> [UInt8] {
    switch part {
    case .clock: return Self.bytes([try machine.clock().nanoseconds])
    case .primaryPIC, .secondaryPIC, .ioapic: return try machine.state(of: part.controller)
    case .pit: return try machine.timerState()
    case .timeStampCounter, .modelSpecificRegisters, .deadline:
      return Self.bytes(try vcpu.modelSpecificRegisters(part.registerNumbers).map(\.value))
    default: return try vcpu.state(part.vcpuPart) ?? []
    }
  }

  /// Writes a part.
  ///
  /// - Parameters:
  ///   - part: Which.
  ///   - bytes: What ``get(_:)`` gave, of this VM or another.
  /// - Throws: `KVMError` naming the request.
  public func set(_ part: TorturePart, _ bytes: [UInt8]) throws(KVMError) {
    switch part {
    case .clock: try machine.setClock(Self.words(bytes).first ?? 0)
    case .primaryPIC, .secondaryPIC, .ioapic: try machine.setState(of: part.controller, bytes)
    case .pit: try machine.setTimerState(bytes)
    case .timeStampCounter, .modelSpecificRegisters, .deadline:
      try vcpu.setModelSpecificRegisters(
        zip(part.registerNumbers, Self.words(bytes)).map { (index: $0, value: $1) })
    default: try vcpu.setState(part.vcpuPart, bytes)
    }
  }

  /// Reads parts in an order.
  ///
  /// - Parameters:
  ///   - order: The parts.
  ///   - pause: Called after each with how many were read.
  /// - Returns: The parts.
  /// - Throws: `KVMError` naming the request.
  public func save(
    _ order: [TorturePart] = TorturePart.readingOrder,
    _ pause: (Int) throws(KVMError) -> Void = { _ in }
  ) throws(KVMError) -> ToyState {
    var state = ToyState()
    for (index, part) in order.enumerated() {
      state.parts[part] = try get(part)
      try pause(index + 1)
    }
    return state
  }

  /// Writes parts in an order.
  ///
  /// - Parameters:
  ///   - state: What ``save(_:_:)`` gave; it has all of them.
  ///   - order: The parts.
  ///   - pause: Called after each with how many were written.
  /// - Throws: `KVMError` naming the request.
  public func restore(
    _ state: ToyState, _ order: [TorturePart] = TorturePart.writingOrder,
    _ pause: (Int) throws(KVMError) -> Void = { _ in }
  ) throws(KVMError) {
    for (index, part) in order.enumerated() {
      guard let bytes = state.parts[part] else { preconditionFailure("\(part) was not read") }
      try set(part, bytes)
      try pause(index + 1)
    }
  }

  // MARK: Reset

  /// Keeps everything, RAM included, to come back to.
  ///
  /// Assumes: no timer of the guest's is armed.
  ///
  /// - Throws: `KVMError` naming the request.
  public func snapshot() throws(KVMError) -> ToySnapshot {
    ToySnapshot(state: try save(), pages: pages.map { page($0) })
  }

  /// Goes back to a snapshot of this VM: the parts of the state that guests here change, and the pages that
  /// differ.
  ///
  /// *Order:* the PIT first: stopping it has KVM deliver a tick that is on its way, to the IOAPIC and the local
  /// APIC. That ends its own timer when it is written.
  ///
  /// *Why the paravirtual clock's MSR:* the page that comes back is of the time of the snapshot, and a cut may have
  /// set the VM's clock since. The write has KVM fill the page before the guest reads it; else the guest would see
  /// in one run what the clock lost in all runs before, when KVM fills the page next.
  ///
  /// - Throws: `KVMError` naming the request.
  public func reset(to snapshot: ToySnapshot) throws(KVMError) {
    for (number, bytes) in zip(pages, snapshot.pages)
    where !machine.memory.holds(bytes, at: number << 12) { write(number, bytes) }
    try restore(snapshot.state, ToySnapshot.resetOrder)
    if snapshot.hasClock { try restore(snapshot.state, [.modelSpecificRegisters]) }
  }

  private static func bytes(_ words: [UInt64]) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  private static func words(_ bytes: [UInt8]) -> [UInt64] {
    stride(from: 0, to: bytes.count - 7, by: 8).map { start in
      (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * $1) }
    }
  }
}

/// What was read of a toy machine.
public struct ToyState: Hashable, Sendable {
  /// The parts, as ``ToyMachine/get(_:)`` gave them.
  public var parts: [TorturePart: [UInt8]] = [:]

  /// Nothing read yet.
  public init() {}
}

/// A toy machine as it was, to go back to.
public struct ToySnapshot: Sendable {
  /// All parts.
  public let state: ToyState
  /// The contents of ``ToyMachine/pages``.
  public let pages: [[UInt8]]
  /// Whether the guest has a paravirtual clock.
  var hasClock: Bool {
    state.parts[.modelSpecificRegisters]?.contains { $0 != 0 } ?? false
  }

  /// Without the clocks, which continue, and what no guest here changes.
  static let resetOrder: [TorturePart] = [
    .pit, .localAPIC, .deadline, .primaryPIC, .secondaryPIC, .ioapic, .specialRegisters,
    .registers, .events, .runState,
  ]
}

extension TorturePart {
  fileprivate var controller: KernelController {
    switch self {
    case .primaryPIC: .primaryPIC
    case .secondaryPIC: .secondaryPIC
    default: .ioapic
    }
  }

  fileprivate var registerNumbers: [UInt32] {
    switch self {
    case .timeStampCounter: [0x10, 0x3b]
    case .deadline: [0x6e0]
    default: [0x4b56_4d00, 0x4b56_4d01]
    }
  }

  fileprivate var vcpuPart: VCPUStatePart {
    switch self {
    case .specialRegisters: .specialRegisters
    case .registers: .registers
    case .extendedState: .extendedState
    case .debugRegisters: .debugRegisters
    case .localAPIC: .localAPIC
    case .events: .events
    case .runState: .runState
    default: preconditionFailure("\(self) is not a vCPU's structure")
    }
  }
}
