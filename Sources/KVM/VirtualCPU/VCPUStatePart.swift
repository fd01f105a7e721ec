/// A part of a vCPU's state, as a checkpoint holds it: the bytes of one of the kernel's structures.
///
/// The raw value is the part's tag in a file. *The cases stand in the order in which a new vCPU is
/// given its parts* (`allCases`), and the order matters:
///
/// 1. Features, because they decide which bits of CR4, XCR0 and EFER, and which MSRs, the rest may
///    use. Some kernels take them only before the first entry.
/// 2. Special registers, after guest memory: under PAE paging outside of long mode KVM loads the
///    PDPTRs from memory when it is given CR3. They bring APIC base, which switches the local APIC
///    on and chooses its mode. On a boot processor at its reset vector they change the run state.
/// 3. Registers. Setting them drops a pending exception, so events come later.
/// 4. Extended control and state, debug registers: they depend on the features alone.
/// 5. The local APIC, whose timer mode decides whether a TSC deadline is taken or ignored.
/// 6. MSRs, in the order of ``VirtualCPU/setModelSpecificRegisters(_:)``: the TSC, and last the
///    deadline, which is compared with the TSC and may raise an interrupt at once.
/// 7. Events: pending exceptions, interrupts and NMIs, which 2 and 3 overwrote.
/// 8. The run state, which 2 may have changed; whether the vCPU halts is decided with all else in
///    place.
///
/// What belongs to the VM goes around that: its clock before the MSRs (a paravirtual clock reads it),
/// its IOAPIC after the last vCPU's local APIC, because pending pins are injected when it is set.
public enum VCPUStatePart: String, CaseIterable, Hashable, Sendable {
  /// CPUID: the entries alone, 40 bytes each (`kvm_cpuid_entry2`).
  case features = "CPID"
  /// Segments, descriptor tables, CR0 to CR8, EFER, APIC base (`kvm_sregs`).
  ///
  /// Not `kvm_sregs2`, which adds the PDPTRs: outside of PAE paging they are unused, and there KVM
  /// loads them from memory, where they differ only for a guest that changed its page-directory
  /// pointers without reloading CR3. In exchange every kernel reads every other's checkpoint.
  case specialRegisters = "SREG"
  /// RAX to R15, RIP, RFLAGS (`kvm_regs`).
  case registers = "REGS"
  /// XCR0 (`kvm_xcrs`).
  case extendedControl = "XCRS"
  /// x87, SSE, AVX and what follows, in the standard format of XSAVE (`kvm_xsave`): as many bytes as
  /// the host's KVM says, at least 4096.
  case extendedState = "XSAV"
  /// DR0 to DR3, DR6, DR7 (`kvm_debugregs`).
  case debugRegisters = "DEBG"
  /// The in-kernel local APIC's register page, timer count included (`kvm_lapic_state`).
  case localAPIC = "APIC"
  /// Every MSR that this vCPU gives, 16 bytes each (`kvm_msr_entry`).
  case modelSpecificRegisters = "MSRS"
  /// Exceptions, interrupts and NMIs that are pending or being delivered (`kvm_vcpu_events`).
  case events = "EVNT"
  /// Running, halted, or waiting for INIT or SIPI (`kvm_mp_state`).
  case runState = "MPST"

  /// The order in which the parts are read.
  ///
  /// Reading the run state makes KVM accept a pending INIT or SIPI, which changes nearly all else;
  /// reading the events moves a pending exception's payload into CR2 or DR6. So these two come first,
  /// and the others in any order.
  public static let readingOrder: [VCPUStatePart] =
    [.runState, .events] + allCases.filter { $0 != .runState && $0 != .events }
}

extension VCPUStatePart {
  /// The vectors that a local APIC has accepted and whose interrupts have not been ended.
  ///
  /// - Parameter bytes: ``localAPIC``, 1024 of them.
  /// - Returns: Those whose bit is set in IRR or ISR.
  public static func unendedVectors(ofLocalAPIC bytes: [UInt8]) -> Set<UInt8> {
    precondition(bytes.count == 1024, "a local APIC's register page")
    var vectors: Set<UInt8> = []
    for vector in UInt8.min...(.max) {
      // Registers of 32 bits are 16 bytes apart: ISR from 0x100, IRR from 0x200.
      let byte = Int(vector) / 32 * 16 + Int(vector) % 32 / 8
      if (bytes[0x100 + byte] | bytes[0x200 + byte]) >> (vector % 8) & 1 == 1 {
        vectors.insert(vector)
      }
    }
    return vectors
  }
}
