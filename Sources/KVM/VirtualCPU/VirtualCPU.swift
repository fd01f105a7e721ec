internal import CKVM
internal import LinuxHost

/// A vCPU: one descriptor of KVM and the page it shares with the kernel.
///
/// All methods but ``requestImmediateExit(_:)`` belong to the thread that runs the vCPU; before it
/// starts and after it ends, to the thread that holds the value.
@safe public struct VirtualCPU: ~Copyable, @unchecked Sendable {
  // @unchecked: `run` is touched by one thread at a time, as said above; the one field that others
  // write, immediate_exit, is written atomically.
  let descriptor: OwnedDescriptor
  private let mapping: Mapping
  let saving: StateExtent

  init(
    adopting descriptor: consuming OwnedDescriptor, runSize: Int, saving: StateExtent
  ) throws(KVMError) {
    let number = descriptor.number
    do {
      mapping = try Mapping(sharing: descriptor, size: runSize)
    } catch {
      throw .failed(
        SystemError(call: "mmap", on: "vCPU descriptor \(number)", errno: error.errno))
    }
    self.descriptor = descriptor
    self.saving = saving
  }

  /// SAFETY: the mapping begins with the kernel's kvm_run, is at least as large (checked when the
  /// device was opened), page-aligned, and lives as long as this value; nothing returned from here
  /// outlives the method that asks.
  var run: UnsafeMutablePointer<kvm_run> {
    unsafe mapping.address.assumingMemoryBound(to: kvm_run.self)
  }

  /// Runs the guest until it needs this program: `KVM_RUN`.
  ///
  /// `EINTR` is a result: a kick got the vCPU out. It is neither an error nor a reason to go back
  /// in, because only the caller knows why it was kicked. So is `EAGAIN`, by which an application
  /// processor that waited in the kernel says that it was started.
  ///
  /// - Returns: Why the guest stopped.
  /// - Throws: ``KVMError/failed(_:)`` naming `KVM_RUN`.
  public func enter() throws(KVMError) -> VCPUExit {
    let result = ckvm_run(descriptor.number)
    // What nearly all exits are comes first.
    guard result < 0 else { return exit }
    if result == -Errno.interrupted.rawValue || result == -Errno.wouldBlock.rawValue {
      return .interrupted
    }
    try checkRun(result)
    return exit
  }

  /// The result of `KVM_RUN`, where it is not one of those that are answers.
  ///
  /// *Why `EFAULT` is an error and not a fault of this program's:* no pointer goes with the request, so
  /// it is about guest memory, whose pages may be a file's that others can cut off.
  private func checkRun(on subject: String? = nil, _ result: Int32) throws(KVMError) {
    guard result != -Errno.badAddress.rawValue else {
      throw .failed(
        SystemError(
          call: "KVM_RUN", on: "guest memory", errno: .badAddress,
          advice: "guest memory went away; was the checkpoint's file cut off?"))
    }
    try checkKVM("KVM_RUN", on: subject, result)
  }

  /// Makes the next ``enter()`` return at once, or takes that back: `kvm_run.immediate_exit`.
  ///
  /// Any thread may ask; the thread that runs the vCPU alone takes it back, and looks for messages then.
  ///
  /// *Why what is so already is not stored again by that thread:* a store that all others see takes longer than
  /// anything else here. Where the request is found missing, one that comes later stands, whatever follows.
  public func requestImmediateExit(_ isRequested: Bool) {
    if !isRequested && !isImmediateExitRequested { return }
    unsafe ckvm_set_immediate_exit(run, isRequested ? 1 : 0)
  }

  /// Whether the next ``enter()`` returns at once.
  var isImmediateExitRequested: Bool { unsafe ckvm_immediate_exit(run) != 0 }

  /// Completes what the last exit left half done, without running the guest.
  ///
  /// Some backends move RIP past an `out` only at the next `KVM_RUN`, all complete an `in` or an
  /// MMIO read there. What is completed may need this program again: the store of a read-modify-write,
  /// the store of a move from one device to another, the second part of an access across pages, the next
  /// load of a `rep movs` from a device. Then RIP may already be past an instruction whose store has
  /// reached no device. So an exit that is returned is to be handled, and this called again.
  ///
  /// *Why that ends:* KVM stays in one instruction. Each exit is one part, of 8 bytes or less, of an
  /// access of that instruction. Of a repeated one, KVM comes back at each store and at the latest when
  /// RCX is a multiple of 1024, and the rest is a separate instruction.
  ///
  /// *Why the request for an immediate exit stays:* another thread may have made the same request
  /// meanwhile, and it would be taken back with this one.
  ///
  /// - Returns: What KVM needs next; ``VCPUExit/interrupted`` where nothing is left. Only then may
  ///   registers be saved or set.
  /// - Throws: ``KVMError/failed(_:)`` naming `KVM_RUN`.
  public func completeExit() throws(KVMError) -> VCPUExit {
    requestImmediateExit(true)
    return try enter()
  }

  /// Whether a range lies inside the pages shared with the kernel.
  func contains(offset: UInt64, count: Int) -> Bool {
    mapping.contains(offset: offset, count: count)
  }

  /// Where the data of one repetition of a port access lies.
  ///
  /// SAFETY: the access was decoded from this vCPU's page, where its range was checked.
  func portData(_ access: PortAccess, _ index: Int) -> UnsafeMutableRawPointer {
    unsafe mapping.address + Int(access.dataOffset) + index * access.size
  }

  // MARK: Interrupts without an in-kernel controller

  /// RFLAGS.IF at the last exit.
  public var hasInterruptsEnabled: Bool { unsafe run.pointee.if_flag != 0 }

  /// Whether ``inject(vector:)`` would succeed.
  public var isReadyForInjection: Bool {
    unsafe run.pointee.ready_for_interrupt_injection != 0
  }

  /// Whether the guest is to be stopped as soon as it can take an interrupt.
  public func requestInterruptWindow(_ isRequested: Bool) {
    unsafe run.pointee.request_interrupt_window = isRequested ? 1 : 0
  }

  /// Queues an external interrupt, which the guest takes at the next entry.
  ///
  /// Assumes: ``isReadyForInjection`` is true, and an ``enter()`` follows.
  ///
  /// *How:* the first one by `KVM_INTERRUPT`. From then on `KVM_RUN` leaves the vCPU's events in the shared
  /// page, where the host can (`KVM_CAP_SYNC_REGS`), and an interrupt is added to them there, for the next
  /// `KVM_RUN` to set: every request of a vCPU loads all of it onto the processor and unloads it again,
  /// which takes as long as the whole way from a deadline to here.
  ///
  /// *Why the events there are the vCPU's:* they are of when `KVM_RUN` returned last, no other code changes
  /// them, and setting them from outside ends the sharing (``setState(_:_:)``).
  ///
  /// - Parameter vector: Its vector.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func inject(vector: UInt8) throws(KVMError) {
    if unsafe ckvm_shares_events(run) {
      unsafe ckvm_add_shared_interrupt(run, vector)
    } else {
      try queue(vector: vector)
      unsafe ckvm_share_events(run, saving.sharesEvents)
    }
    unsafe run.pointee.ready_for_interrupt_injection = 0
  }

  private func queue(vector: UInt8) throws(KVMError) {
    var request = kvm_interrupt()
    request.irq = UInt32(vector)
    // SAFETY: the kernel reads a local during the call.
    try checkKVM(
      "KVM_INTERRUPT", on: "vector \(vector)", unsafe ckvm_interrupt(descriptor.number, &request))
  }
}
