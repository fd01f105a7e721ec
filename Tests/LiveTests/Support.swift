import CKVM
import Glibc
import KVM
import TestSupport
import Testing

@testable import VMM

extension Trait where Self == ConditionTrait {
  /// For tests that boot guests: they run where `/dev/kvm` opens.
  static var requiresKVM: Self {
    enabled("/dev/kvm does not open for this user") { access("/dev/kvm", R_OK | W_OK) == 0 }
  }
}

/// The tests that boot guests or run the command, one after the other: two cores have no room for more.
@Suite("Live", .serialized, .onOwnThread)
struct Live {}

/// Those of them that wait for most of their time, and hold however long anything takes: one after the other, too,
/// beside ``Live`` unless tests run with `--no-parallel`.
@Suite("Live, waiting", .serialized, .onOwnThread)
struct LiveWaiting {}

/// Those of them that use processors, and for which it does not matter how long anything takes (guests in virtual
/// time or that check themselves, checkpoints, debuggers): beside both others unless tests run with `--no-parallel`.
@Suite("Live, untimed", .serialized, .onOwnThread)
struct LiveUntimed {}

extension VirtualCPU {
  /// Has it execute in real mode from an address below 64 KiB on, with its interrupts off.
  ///
  /// - Parameters:
  ///   - address: Where to.
  ///   - change: Sets further registers.
  /// - Throws: Where KVM refuses.
  borrowing func jump(to address: UInt64, _ change: (inout kvm_regs) -> Void = { _ in }) throws {
    var special = try specialRegisters()
    (special.cs.base, special.cs.selector) = (0, 0)
    try setSpecialRegisters(special)
    var registers = try self.registers()
    (registers.rip, registers.rflags) = (address, 2)
    change(&registers)
    try setRegisters(registers)
  }
}

private let probe: HostProbe? = try? HostProbe(KVMSystem())

/// How often this host delivers one level interrupt, found out by experiment.
func deliveriesOfOneInterrupt(_ controller: IRQChip) throws -> Int {
  let probe = try #require(probe)
  let finding =
    switch controller {
    case .user: probe.deliveriesUser
    case .kernel: probe.deliveriesKernel
    case .split: probe.deliveriesSplit
    }
  return try #require(finding.value)
}
