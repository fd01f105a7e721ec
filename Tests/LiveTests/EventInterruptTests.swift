import CKVM
import Glibc
import KVM
import LinuxHost
import Testing

extension Live {
  /// Interrupts raised by eventfds, seen in the first PIC, which needs no guest to take them.
  @Suite("irqfd", .requiresKVM)
  struct EventInterruptTests {
    private func machine() throws -> VirtualMachine {
      let machine = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 4096))
      try machine.createInterruptControllers()
      return machine
    }

    /// Lines 0 to 7 whose edge the first PIC has latched: its IRR.
    private func pending(_ machine: borrowing VirtualMachine) throws -> UInt8 {
      try machine.state(of: .primaryPIC)[1]
    }

    /// Gives the kernel's worker up to ten seconds to bring the edges about.
    private func waitForPending(_ lines: UInt8, _ machine: borrowing VirtualMachine) throws -> UInt8
    {
      for _ in 0..<10_000 {
        if try pending(machine) == lines { break }
        usleep(1000)
      }
      return try pending(machine)
    }

    @Test("an event raises the line it was attached to, and none after it was detached")
    func edge() throws {
      let machine = try self.machine()
      let three = try EventDescriptor()
      let five = try EventDescriptor()
      try machine.attachInterrupt(line: 3, trigger: three)
      try machine.attachInterrupt(line: 5, trigger: five)
      #expect(try pending(machine) == 0)
      three.raise()
      #expect(try waitForPending(1 << 3, machine) == 1 << 3)
      try machine.detachInterrupt(line: 5, trigger: five)
      // The count of a detached event is not read: it stays, and so the line was not touched.
      five.raise()
      #expect(five.clear() == 1)
      #expect(try pending(machine) == 1 << 3)
    }

    @Test("an event with a resampler holds its line high")
    func level() throws {
      let machine = try self.machine()
      let trigger = try EventDescriptor()
      let resample = try EventDescriptor()
      try machine.attachInterrupt(line: 4, trigger: trigger, resample: resample)
      trigger.raise()
      #expect(try waitForPending(1 << 4, machine) == 1 << 4)
      // The PIC remembers the line's level in last_irr, which an edge would have cleared again.
      #expect(try machine.state(of: .primaryPIC)[0] == 1 << 4)
      try machine.detachInterrupt(line: 4, trigger: trigger)
      #expect(try machine.state(of: .primaryPIC)[0] == 0)
      #expect(resample.clear() == 0)
    }

    @Test("an event drives one line, and a VM without controllers none")
    func refused() throws {
      let machine = try self.machine()
      let trigger = try EventDescriptor()
      try machine.attachInterrupt(line: 3, trigger: trigger)
      do {
        try machine.attachInterrupt(line: 4, trigger: trigger)
        Issue.record("attached twice")
      } catch { #expect("\(error)" == "KVM_IRQFD of line 4: Device or resource busy (EBUSY)") }
      let bare = try VirtualMachine(on: KVMSystem(), memory: GuestMemory(size: 4096))
      #expect(throws: KVMError.self) { try bare.attachInterrupt(line: 3, trigger: trigger) }
    }
  }
}
