internal import CKVM
internal import GDBProtocol
internal import KVM
internal import LinuxHost

/// Letting a debugger in.
extension Machine {
  /// Waits for the debugger's client, if there is to be one, and sees to it that no vCPU executes anything
  /// before that has said so.
  ///
  /// A signal or the time limit ends the run instead.
  ///
  /// *Why one client:* the socket is gone when the first has connected, so that a second is refused at once.
  ///
  /// - Parameter deadline: Nanoseconds of ``MonotonicClock``.
  /// - Returns: The client's session; nil where there is none.
  /// - Throws: ``SystemError`` naming the call and the address.
  func awaitDebugger(until deadline: UInt64) throws(SystemError) -> DebugSession? {
    guard let debug, let plan = configuration.debugger else { return nil }
    let socket = try ListeningSocket(at: plan.address)
    StandardStream.error.remark("swvmm: waiting for a debugger at \(socket.address)\n")
    while true {
      if let signal = ProcessSignals.ending {
        stop(.signalled(signal))
        return nil
      }
      if MonotonicClock.now() >= deadline {
        stop(.undebugged(address: socket.address))
        return nil
      }
      if let connection = try socket.accept() {
        try prepareToGoBack(debug)
        let session = DebugSession(self, debug, connection)
        if !plan.opensAtEnd { session.beginStopped() }
        return session
      }
      _ = try Poller.wait(
        for: [supervisorEvent.descriptor.number, socket.descriptor.number, -1, -1],
        until: deadline)
      supervisorEvent.clear()
    }
  }
}

extension Machine {
  /// Notes what is in memory, and has KVM note what changes.
  ///
  /// *Why now:* what memory is in use is read from a file, for which the threads that run vCPUs have no rights.
  private func prepareToGoBack(_ debug: DebugControl) throws(SystemError) {
    guard debug.isReversible else { return }
    var pages: [Int: [UInt8]] = [:]
    for run in try shared.handle.memory.usedPages().ranges {
      for page in run {
        pages[page] = shared.handle.memory.bytes(at: UInt64(page) * 4096, count: 4096)
      }
    }
    debug.setInitialPages(pages)
    do throws(KVMError) { try shared.handle.logWrittenPages() } catch {
      stop(.failed(.kvm(error)))
    }
  }
}

extension VCPULoop {
  /// Whether the vCPU stands at a breakpoint instruction of its debugger's.
  ///
  /// *Why it is asked where an instruction cannot be emulated:* some backends emulate a guest's kernel, and
  /// not that instruction.
  func isAtBreakpoint() throws(KVMError) -> Bool {
    guard let debug = machine.debug else { return false }
    return debug.breakpoints.software[try linearAddress()] != nil
  }

  /// Where the next instruction is.
  func linearAddress() throws(KVMError) -> UInt64 {
    try vcpu.handle.specialRegisters().cs.base &+ vcpu.handle.registers().rip
  }
}
