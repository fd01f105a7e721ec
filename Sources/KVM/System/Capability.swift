internal import CKVM

/// An extension of KVM's ABI, as `KVM_CHECK_EXTENSION` knows it.
public struct Capability: RawRepresentable, Hashable, Sendable {
  /// The number, `KVM_CAP_…`.
  public let rawValue: Int32
  /// The name after `KVM_CAP_`, or the number where this program does not know it.
  public let name: String

  /// Wraps a number that has no name here.
  public init(rawValue: Int32) { self.init(rawValue, "capability \(rawValue)") }

  private init(_ rawValue: Int32, _ name: String) {
    self.rawValue = rawValue
    self.name = name
  }

  /// Numbers are what the kernel compares, so names do not count.
  public static func == (left: Capability, right: Capability) -> Bool {
    left.rawValue == right.rawValue
  }

  /// Numbers are what the kernel compares, so names do not count.
  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

  /// PIC, IOAPIC and local APIC in the kernel.
  public static let irqchip = Capability(KVM_CAP_IRQCHIP, "IRQCHIP")
  /// Local APIC in the kernel, the rest in user space.
  public static let splitIRQChip = Capability(KVM_CAP_SPLIT_IRQCHIP, "SPLIT_IRQCHIP")
  /// `kvm_run.immediate_exit`.
  public static let immediateExit = Capability(KVM_CAP_IMMEDIATE_EXIT, "IMMEDIATE_EXIT")
  /// Guest memory mapped from user space.
  public static let userMemory = Capability(KVM_CAP_USER_MEMORY, "USER_MEMORY")
  /// Interrupts raised by writing an eventfd.
  public static let irqfd = Capability(KVM_CAP_IRQFD, "IRQFD")
  /// Level interrupts by irqfd, with a second eventfd that fires at EOI.
  public static let irqfdResample = Capability(KVM_CAP_IRQFD_RESAMPLE, "IRQFD_RESAMPLE")
  /// Message-signalled interrupts by ioctl.
  public static let signalMSI = Capability(KVM_CAP_SIGNAL_MSI, "SIGNAL_MSI")
  /// Exits that only write an eventfd.
  public static let ioeventfd = Capability(KVM_CAP_IOEVENTFD, "IOEVENTFD")
  /// The number of vCPUs that the host recommends as a maximum.
  public static let recommendedVCPUs = Capability(KVM_CAP_NR_VCPUS, "NR_VCPUS")
  /// The largest number of vCPUs.
  public static let maximumVCPUs = Capability(KVM_CAP_MAX_VCPUS, "MAX_VCPUS")
  /// The number of memory slots.
  public static let memorySlots = Capability(KVM_CAP_NR_MEMSLOTS, "NR_MEMSLOTS")
  /// The vCPU's run state can be read and set.
  public static let runState = Capability(KVM_CAP_MP_STATE, "MP_STATE")
  /// Scaling of the guest's TSC.
  public static let tscControl = Capability(KVM_CAP_TSC_CONTROL, "TSC_CONTROL")
  /// A VM-wide TSC frequency.
  public static let vmTSCControl = Capability(KVM_CAP_VM_TSC_CONTROL, "VM_TSC_CONTROL")
  /// TSC deadline mode of the in-kernel local APIC.
  public static let tscDeadlineTimer = Capability(KVM_CAP_TSC_DEADLINE_TIMER, "TSC_DEADLINE_TIMER")
  /// The VM's clock can be set, with flags about its quality.
  public static let adjustClock = Capability(KVM_CAP_ADJUST_CLOCK, "ADJUST_CLOCK")
  /// Attributes of vCPUs, the TSC offset among them.
  public static let vcpuAttributes = Capability(KVM_CAP_VCPU_ATTRIBUTES, "VCPU_ATTRIBUTES")
  /// MSR accesses that exit to user space.
  public static let userSpaceMSR = Capability(KVM_CAP_X86_USER_SPACE_MSR, "X86_USER_SPACE_MSR")
  /// A filter that says which MSRs do.
  public static let msrFilter = Capability(KVM_CAP_X86_MSR_FILTER, "X86_MSR_FILTER")
  /// The size of a vCPU's XSAVE area, in bytes.
  public static let extendedStateSize = Capability(KVM_CAP_XSAVE2, "XSAVE2")
  /// The in-kernel i8254.
  public static let pit2 = Capability(KVM_CAP_PIT2, "PIT2")
  /// Registers shared through `kvm_run`.
  public static let synchronisedRegisters = Capability(KVM_CAP_SYNC_REGS, "SYNC_REGS")
  /// Guest debugging: single step and breakpoints.
  public static let guestDebug = Capability(KVM_CAP_SET_GUEST_DEBUG, "SET_GUEST_DEBUG")
  /// The kernel's own counters as a file.
  public static let binaryStatistics = Capability(KVM_CAP_BINARY_STATS_FD, "BINARY_STATS_FD")
  /// Emulation failures exit with the instruction's bytes.
  public static let exitOnEmulationFailure = Capability(
    KVM_CAP_EXIT_ON_EMULATION_FAILURE, "EXIT_ON_EMULATION_FAILURE")
  /// Data with an internal error.
  public static let internalErrorData = Capability(
    KVM_CAP_INTERNAL_ERROR_DATA, "INTERNAL_ERROR_DATA")

  /// What `swvmm probe` asks about, in the order it prints.
  public static let probed: [Capability] = [
    .recommendedVCPUs, .maximumVCPUs, .memorySlots, .userMemory, .immediateExit,
    .irqchip, .splitIRQChip, .irqfd, .irqfdResample, .signalMSI, .ioeventfd, .pit2,
    .runState, .synchronisedRegisters, .guestDebug, .internalErrorData, .exitOnEmulationFailure,
    .tscControl, .vmTSCControl, .tscDeadlineTimer, .adjustClock, .vcpuAttributes,
    .userSpaceMSR, .msrFilter, .binaryStatistics,
  ]
}
