internal import CKVM
internal import GuestImages
internal import KVM
internal import Synchronization
internal import TimerModels

/// Finding out that a guest is dead: that every vCPU is halted, or not started, and nothing can change that.
///
/// Where vCPUs halt in this program each looks as it comes to rest; where they halt inside the kernel the
/// supervising thread looks after a silence. What is decided, and why it is so, is in ``DeathCheck`` and
/// ``PausedDeathCheck``.
extension Machine {
  /// Ends the run if the guest is dead (`--irqchip user`).
  ///
  /// For a vCPU's thread after it published that the vCPU rests, and for the supervising thread after it
  /// changed what the serial port may still do.
  func endIfDead() {
    var check = DeathCheck(cpus: vcpus.count)
    while let look = check.next {
      switch look {
      case .wakeUps(let cpu):
        check.note(wakeUps: vcpus[cpu].wakeUps.load(ordering: .sequentiallyConsistent))
      case .activity(let cpu):
        check.note(vcpus[cpu].activity.load(ordering: .sequentiallyConsistent))
      case .start(let cpu): check.note(mayEndRest: vcpus[cpu].requestedStartPage != nil)
      case .lines(let cpu): check.note(mayEndRest: vcpus[cpu].highLines != 0)
      case .timers(let cpu): check.note(mayEndRest: wiring.devices[cpu].mayInterrupt)
      case .serialPort:
        // Where the port cannot be asked, its line could not be driven, and that ends the run.
        check.note(mayEndRest: (try? bus.serial.withDevice { $0.mayInterrupt }) ?? true)
      }
    }
    if check.isDead { stop(.dead) }
  }

  // MARK: Controllers in the kernel

  /// Whether the guest is proven dead (`--irqchip kernel` and `split`).
  ///
  /// Assumes: ``isPaused``. For the supervising thread.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request that a part of the state was read by.
  func isProvenDead() throws(KVMError) -> Bool {
    var check = PausedDeathCheck(cpus: vcpus.count)
    while let look = check.next {
      switch look {
      case .pins: check.note(pins: try possibleCallsOfPins())
      case .vcpu(let index):
        check.note(
          try ParkedVCPU(
            vcpus[index].handle, hasTimer: configuration.hasKernelTimer))
      }
    }
    return check.isDead
  }

  private func possibleCallsOfPins() throws(KVMError) -> WakeUpCalls {
    let lines = try restingLines()
    if let split = bus.split { return split.state.possibleCalls(from: lines) }
    let state = try shared.handle.state(of: .ioapic)
    return IOAPIC(kernelState: state).possibleCalls(from: lines)
  }

  /// What the devices' lines may do by themselves.
  ///
  /// *Which levels are known:* those of lines that are driven by a call. An event's way to the controller
  /// leads through a thread of the kernel's.
  private func restingLines() throws(KVMError) -> RestingLines {
    var lines = RestingLines()
    let (serial, isSerialHigh) = try bus.serial.withDevice { ($0.mayInterrupt, $0.interruptLine) }
    lines.note(Int(PLATFORM_SERIAL_LINE), mayBeHigh: serial, isKnownHigh: isSerialHigh)
    let isCalled = [nil, .inject, .irqLine].contains(configuration.timerRoute)
    lines.note(
      Int(PLATFORM_CP0_LINE), mayBeHigh: wiring.devices[0].mayCountCompareInterrupt,
      isKnownHigh: isCalled && wiring.devices[0].cp0.lineLevels != 0)
    let splitLevels = bus.split?.state.levels ?? 0
    for cpu in 0..<wiring.controller.cpuCount {
      let line = Int(PLATFORM_GIC_LINE) + cpu
      lines.note(
        line, mayBeHigh: wiring.devices[cpu].mayGenericTimerInterrupt,
        isKnownHigh: splitLevels >> UInt32(line) & 1 == 1)
    }
    // The kernel's i8254 does not report what it will do.
    if configuration.hasKernelTimer {
      lines.note(0, mayBeHigh: true, isKnownHigh: false)
    }
    return lines
  }
}

extension RestingLines {
  fileprivate mutating func note(_ line: Int, mayBeHigh: Bool, isKnownHigh: Bool) {
    if mayBeHigh { possible |= 1 << UInt32(line) }
    if isKnownHigh { known |= 1 << UInt32(line) }
  }
}

extension ParkedVCPU {
  /// Looks at a vCPU whose thread is parked.
  ///
  /// *Order:* the run state first: reading it makes KVM accept a pending INIT or start-up message, which
  /// changes nearly all else.
  ///
  /// - Parameters:
  ///   - vcpu: The vCPU.
  ///   - hasTimer: Whether the kernel has an i8254, which some guests have wired to LINT0 as NMIs.
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  fileprivate init(_ vcpu: borrowing VirtualCPU, hasTimer: Bool) throws(KVMError) {
    self.init(runState: try vcpu.runState())
    guard runState == .halted else { return }
    (hasPendingEvent, blocksNMI) = try vcpu.pendingEvents()
    takesInterrupts = try vcpu.registers().rflags & 0x200 != 0
    guard let registers = try vcpu.state(.localAPIC) else { return }
    ownCalls = Self.calls(ofLocalAPIC: registers, hasTimer: hasTimer)
  }

  /// What a local APIC's own sources may deliver: its timer's vector at 0x320, LINT0's at 0x350.
  static func calls(ofLocalAPIC bytes: [UInt8], hasTimer: Bool) -> WakeUpCalls {
    precondition(bytes.count == 1024, "a local APIC's register page")
    func entry(at offset: Int) -> WakeUpCalls {
      WakeUpCalls(
        vectorEntry: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) })
    }
    return entry(at: 0x320).union(hasTimer ? entry(at: 0x350) : [])
  }
}
