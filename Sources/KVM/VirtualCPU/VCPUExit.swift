internal import CKVM

/// Why a guest stopped: `kvm_run.exit_reason` and what goes with it.
public enum VCPUExit: Hashable, Sendable {
  /// A kick or a signal; the guest itself needs nothing.
  case interrupted
  /// `in` or `out`; the data is reached through ``VirtualCPU/portValue(_:_:)``.
  case port(PortAccess)
  /// A load from an address that no memory backs; answered by ``VirtualCPU/answerLoad(_:)``.
  case load(address: UInt64, size: Int)
  /// A store to an address that no memory backs, zero-extended to 64 bits.
  case store(address: UInt64, size: Int, value: UInt64)
  /// `rdmsr` of an intercepted MSR; answered by ``VirtualCPU/answerRegister(_:)``.
  case loadRegister(index: UInt32)
  /// `wrmsr` to an intercepted MSR; done, unless ``VirtualCPU/refuseRegister()`` follows.
  case storeRegister(index: UInt32, value: UInt64)
  /// `hlt`, where no in-kernel controller handles it.
  case halt
  /// The guest can take an interrupt now, as was asked.
  case interruptWindow
  /// The guest lowered CR8, where no local APIC in the kernel holds interrupts back by it.
  case priorityLowered
  /// The guest's end of interrupt, for a level-triggered vector of a split controller.
  case endOfInterrupt(vector: UInt8)
  /// A breakpoint, or the end of a step (``VirtualCPU/setDebugging(_:)``).
  case debug(DebugEvent)
  /// A triple fault, or another shutdown.
  case shutdown
  /// A reset that the guest asked of the kernel.
  case systemEvent(type: UInt32)
  /// KVM's emulator met an instruction that it does not know.
  case emulationFailure(EmulationFailure)
  /// Another error inside KVM.
  case internalError(suberror: UInt32)
  /// The processor refused the guest's state.
  case entryFailure(hardwareReason: UInt64)
  /// A reason that this program never asked for.
  case unexpected(reason: UInt32)

  /// Whether it is ``interrupted``: a comparison without a call, for what asks at every exit.
  @inlinable public var isInterruption: Bool {
    if case .interrupted = self { true } else { false }
  }
}

/// One port exit: an `in` or `out`, or up to a page of a string instruction's repetitions.
///
/// *Why narrow fields:* so a ``VCPUExit`` is passed in four registers. Copied through memory from one function
/// to the next, each copy waited for the stores of the last.
public struct PortAccess: Hashable, Sendable {
  /// The first port.
  public let port: UInt16
  @usableFromInline let width: UInt8
  /// `out`, not `in`.
  public let isWrite: Bool
  @usableFromInline let repetitions: UInt32
  let dataOffset: UInt32

  /// Traps where a number exceeds what the kernel's ABI or the shared pages have room for.
  init(port: UInt16, size: Int, count: Int, isWrite: Bool, dataOffset: UInt64) {
    self.port = port
    width = UInt8(size)
    self.isWrite = isWrite
    repetitions = UInt32(count)
    self.dataOffset = UInt32(dataOffset)
  }

  /// Bytes a repetition: 1, 2 or 4.
  @inlinable public var size: Int { Int(width) }
  /// Repetitions, 1 or more.
  @inlinable public var count: Int { Int(repetitions) }
}

/// What KVM reports of an instruction that it could not emulate.
public struct EmulationFailure: Hashable, Sendable {
  /// How many of ``bytes`` the kernel filled in; 0 where it did not say.
  public let byteCount: Int
  /// The instruction's first eight bytes, lowest first.
  public let bytes: UInt64
}

extension VirtualCPU {
  /// The last exit, decoded from the shared page.
  ///
  /// *Why in place, and what nearly all exits are first:* the others are told apart by a table in memory, and
  /// between two exits the caches belong to the kernel and the guest.
  @inline(__always)
  var exit: VCPUExit {
    let reason = unsafe Int32(bitPattern: run.pointee.exit_reason)
    if reason == KVM_EXIT_IO { return portAccess }
    if reason == KVM_EXIT_MMIO { return memoryAccess }
    return rareExit
  }

  @inline(never)
  private var rareExit: VCPUExit {
    let reason = unsafe run.pointee.exit_reason
    switch Int32(bitPattern: reason) {
    case KVM_EXIT_X86_RDMSR: return unsafe .loadRegister(index: run.pointee.msr.index)
    case KVM_EXIT_X86_WRMSR:
      return unsafe .storeRegister(index: run.pointee.msr.index, value: run.pointee.msr.data)
    case KVM_EXIT_HLT: return .halt
    case KVM_EXIT_IRQ_WINDOW_OPEN: return .interruptWindow
    case KVM_EXIT_SET_TPR: return .priorityLowered
    case KVM_EXIT_IOAPIC_EOI: return unsafe .endOfInterrupt(vector: run.pointee.eoi.vector)
    case KVM_EXIT_DEBUG:
      let event = unsafe run.pointee.debug.arch
      return .debug(
        DebugEvent(exception: event.exception, address: event.pc, status: event.dr6))
    case KVM_EXIT_SHUTDOWN: return .shutdown
    case KVM_EXIT_SYSTEM_EVENT: return unsafe .systemEvent(type: run.pointee.system_event.type)
    case KVM_EXIT_INTERNAL_ERROR: return internalError
    case KVM_EXIT_FAIL_ENTRY:
      return unsafe .entryFailure(
        hardwareReason: run.pointee.fail_entry.hardware_entry_failure_reason)
    case KVM_EXIT_INTR: return .interrupted
    default: return .unexpected(reason: reason)
    }
  }

  @inline(__always)
  private var memoryAccess: VCPUExit {
    let access = unsafe run.pointee.mmio
    // The kernel splits wider accesses, so 8 is a promise of its ABI.
    let size = Int(access.len)
    precondition((1...8).contains(size), "an MMIO access of \(size) bytes")
    guard access.is_write != 0 else { return .load(address: access.phys_addr, size: size) }
    // SAFETY: C declares the field as an array of 8 bytes.
    let bytes = unsafe withUnsafeBytes(of: access.data) { unsafe $0.loadUnaligned(as: UInt64.self) }
    let value = UInt64(littleEndian: bytes) & (.max >> UInt64(64 - 8 * size))
    return .store(address: access.phys_addr, size: size, value: value)
  }

  @inline(__always)
  private var portAccess: VCPUExit {
    let io = unsafe run.pointee.io
    // The kernel promises both: sizes of `in` and `out`, and data inside the shared pages.
    let size = Int(io.size)
    precondition(size == 1 || size == 2 || size == 4, "a port access of \(size) bytes")
    let bytes = size * Int(io.count)
    precondition(contains(offset: io.data_offset, count: bytes), "port data outside kvm_run")
    return .port(
      PortAccess(
        port: io.port, size: size, count: Int(io.count),
        isWrite: io.direction == UInt8(KVM_EXIT_IO_OUT), dataOffset: io.data_offset))
  }

  private var internalError: VCPUExit {
    let failure = unsafe run.pointee.emulation_failure
    guard failure.suberror == UInt32(KVM_INTERNAL_ERROR_EMULATION) else {
      return .internalError(suberror: failure.suberror)
    }
    // flags and the bytes are there only if ndata covers them (flags is the first of ndata).
    let hasBytes =
      failure.ndata >= 3
      && failure.flags & UInt64(KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) != 0
    guard hasBytes else { return .emulationFailure(EmulationFailure(byteCount: 0, bytes: 0)) }
    var bytes: UInt64 = 0
    unsafe withUnsafeBytes(of: failure.insn_bytes) { source in
      for index in 0..<8 { bytes |= unsafe UInt64(source[index]) << (8 * index) }
    }
    return .emulationFailure(
      EmulationFailure(byteCount: min(Int(failure.insn_size), 8), bytes: bytes))
  }

  // MARK: Answers

  /// The value of one repetition of an `out`, zero-extended.
  ///
  /// - Parameters:
  ///   - access: The exit's.
  ///   - index: The repetition, from 0.
  /// - Returns: The value, of the access's size.
  @inline(__always)
  public func portValue(_ access: PortAccess, _ index: Int) -> UInt32 {
    precondition(index >= 0 && index < access.count, "a repetition of this access")
    let data = unsafe portData(access, index)
    // SAFETY: the whole access was checked to lie in the mapping when it was decoded; a data offset
    // need not be aligned.
    switch access.size {
    case 1: return unsafe UInt32(data.load(as: UInt8.self))
    case 2: return unsafe UInt32(data.loadUnaligned(as: UInt16.self))
    default: return unsafe data.loadUnaligned(as: UInt32.self)
    }
  }

  /// What the last exit wrote to a port, if it did.
  ///
  /// - Parameter exit: The last exit.
  /// - Returns: The value of the first repetition of an `out`, zero-extended; 0 for any other exit.
  public func output(of exit: VCPUExit) -> UInt32 {
    guard case .port(let access) = exit, access.isWrite else { return 0 }
    return portValue(access, 0)
  }

  /// Sets what one repetition of an `in` reads.
  ///
  /// - Parameters:
  ///   - access: The exit's.
  ///   - index: The repetition, from 0.
  ///   - value: The value; what exceeds the access's size is cut off.
  public func answer(_ access: PortAccess, _ index: Int, with value: UInt32) {
    precondition(index >= 0 && index < access.count, "a repetition of this access")
    let data = unsafe portData(access, index)
    // SAFETY: as above.
    switch access.size {
    case 1: unsafe data.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 2: unsafe data.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
    default: unsafe data.storeBytes(of: value, as: UInt32.self)
    }
  }

  /// Sets what a load reads, lowest byte first.
  public func answerLoad(_ value: UInt64) { unsafe ckvm_answer_load(run, value) }

  /// Sets what an `rdmsr` reads: EDX:EAX.
  public func answerRegister(_ value: UInt64) {
    unsafe run.pointee.msr.data = value
    unsafe run.pointee.msr.error = 0
  }

  /// Answers an `rdmsr` or `wrmsr` by #GP(0) instead.
  public func refuseRegister() { unsafe run.pointee.msr.error = 1 }
}
