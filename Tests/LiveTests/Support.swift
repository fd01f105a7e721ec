import CKVM
import Glibc
import KVM
import Testing

@testable import VMM

extension Trait where Self == ConditionTrait {
  /// For tests that boot guests: they run where `/dev/kvm` opens.
  static var requiresKVM: Self {
    enabled("/dev/kvm does not open for this user") { access("/dev/kvm", R_OK | W_OK) == 0 }
  }
}

/// The tests that boot guests or run the command, one after the other: two cores are no place for
/// more.
@Suite("Live", .serialized)
struct Live {}

/// Whether this host's processor is emulated, and every start of the command takes seconds.
///
/// `SWVMM_EMULATED` in the environment says so. What is done again and again is done less often there.
let isEmulated = getenv("SWVMM_EMULATED") != nil

/// Whether what is repeated is repeated in full: `SWVMM_THOROUGH` in the environment says so.
let isThorough = !isEmulated && getenv("SWVMM_THOROUGH") != nil

/// As often as said where the run is thorough, else a tenth of it, and a 25th where the processor is
/// emulated; at least once.
func repetitions(_ count: Int) -> Int {
  max(1, isThorough ? count : count / (isEmulated ? 25 : 10))
}

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
