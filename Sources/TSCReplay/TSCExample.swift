/// A file to learn the formats from, and the case that upstream commit 0d3da0d26e3c was made for.
public enum TSCExample: String, CaseIterable, Sendable {
  /// What QEMU 2.0 does with the TSCs of two vCPUs before it starts the guest.
  case sequence = "qemu-2.0"
  /// What the kernels before Linux 3.16 made of it, as `perf script` shows it.
  case trace = "qemu-2.0-trace"

  /// The file.
  public var text: String {
    switch self {
    case .sequence: Self.sequenceText
    case .trace: Self.traceText
    }
  }

  /// KVM writes 0 when a vCPU is created; QEMU, after the initialisation and after the reset.
  private static let sequenceText = """
    {
      "kilohertz": 2500000,
      "kernel": "3.16",
      "uptime": 1000000000000,
      "operations": [
        {"op": "create"},
        {"op": "create", "after": 3000000},
        {"op": "write", "vcpu": 0, "value": 0, "after": 9000000},
        {"op": "write", "vcpu": 1, "value": 0, "after": 40000},
        {"op": "write", "vcpu": 0, "value": 0, "after": 5000000},
        {"op": "write", "vcpu": 1, "value": 0, "after": 40000},
        {"op": "enter", "vcpu": 0, "after": 1000000},
        {"op": "enter", "vcpu": 1, "after": 20000}
      ]
    }

    """

  private static let traceText = """
    qemu-system-x86  2314 [001]  1000.000000: kvm:kvm_write_tsc_offset: vcpu=0 prev=0 next=18446741573709551616
    qemu-system-x86  2314 [001]  1000.000001:        kvm:kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock tsc
    qemu-system-x86  2314 [001]  1000.003000: kvm:kvm_write_tsc_offset: vcpu=1 prev=0 next=18446741573709551616
    qemu-system-x86  2314 [001]  1000.003001:        kvm:kvm_track_tsc: vcpu_id 1 masterclock 0 offsetmatched 1 nr_online 2 hostclock tsc
    qemu-system-x86  2314 [001]  1000.012000: kvm:kvm_write_tsc_offset: vcpu=0 prev=18446741573709551616 next=18446741573709551616
    qemu-system-x86  2314 [001]  1000.012001:        kvm:kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 2 nr_online 2 hostclock tsc
    qemu-system-x86  2314 [001]  1000.012040: kvm:kvm_write_tsc_offset: vcpu=1 prev=18446741573709551616 next=18446741573709551616
    qemu-system-x86  2314 [001]  1000.012041:        kvm:kvm_track_tsc: vcpu_id 1 masterclock 0 offsetmatched 3 nr_online 2 hostclock tsc
    qemu-system-x86  2314 [001]  1000.017040: kvm:kvm_write_tsc_offset: vcpu=0 prev=18446741573709551616 next=18446741573709551616
    qemu-system-x86  2314 [001]  1000.017041:        kvm:kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 4 nr_online 2 hostclock tsc
    qemu-system-x86  2314 [001]  1000.017080: kvm:kvm_write_tsc_offset: vcpu=1 prev=18446741573709551616 next=18446741573709551616
    qemu-system-x86  2314 [001]  1000.017081:        kvm:kvm_track_tsc: vcpu_id 1 masterclock 0 offsetmatched 5 nr_online 2 hostclock tsc
    qemu-system-x86  2320 [001]  1000.018080: kvm:kvm_update_master_clock: masterclock 0 hostclock tsc offsetmatched 0
    qemu-system-x86  2320 [001]  1000.018083:            kvm:kvm_entry: vcpu 0

    """
}
