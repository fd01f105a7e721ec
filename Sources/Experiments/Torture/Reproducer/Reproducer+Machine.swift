internal import VMM

/// The guest, and a machine for it, in C.
extension Reproducer {
  /// Up to and with the guest's bytes.
  var beginning: [String] {
    let headers = [
      "errno.h", "fcntl.h", "linux/kvm.h", "sched.h", "signal.h", "stdio.h", "stdlib.h", "string.h",
      "sys/ioctl.h", "sys/mman.h", "time.h", "unistd.h",
    ]
    return headers.map { "#include <\($0)>" } + ["", "#define RAM (2 << 20)"] + [
      "#define PERIOD \(period)000L // nanoseconds",
      "#define REQUEST(fd, number, argument) request(ioctl(fd, number, (void *)(argument)), #number)",
      "",
      "// The guest, in hexadecimal: guest-images/kernel-timers/conserve.S of swvmm, or one with its contract.",
      "static const struct { unsigned at; const char *digits; } image[] = {",
    ] + rows + ["};"]
  }

  /// The image but for zeroes, in long rows: there is nothing in them to read.
  private var rows: [String] {
    let length = 128
    var rows: [String] = []
    for (address, bytes) in image.segments {
      var start = 0
      while let first = bytes[start...].firstIndex(where: { $0 != 0 }) {
        var row = bytes[first..<min(first + length, bytes.count)]
        start = row.endIndex
        while row.last == 0 { row.removeLast() }
        let digits = row.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        rows.append("{0x\(String(address + UInt64(first), radix: 16)), \"\(digits)\"},")
      }
    }
    return rows
  }

  /// A VM with a vCPU at the guest's PVH entry: flat 32-bit segments, RBX = hvm_start_info.
  var machine: [String] {
    let arguments = "\(torture.subject.guestNumber ?? 0) \(period) %ld %ld %d"
    var timing = TortureTiming(period: period, tscKilohertz: 1)
    // KVM raises the PIT's interrupts by a worker, which waits for its turn on a busy host: a period more is enough.
    if torture.subject == .pitOneShot { timing.slackNanoseconds = timing.periodNanoseconds }
    let listening = timing.listening(law) / 1000
    let ticks =
      torture.subject == .apicDeadline
      ? "\(period) * khz / 1000" : "\(torture.subject.ticks(period, tscKilohertz: 0))L"
    return lines(
      """
      static struct machine { int vm, vcpu; struct kvm_run *run; unsigned char *ram; } m;

      static int request(int result, const char *name) {
        if (result < 0) { perror(name); exit(2); }
        return result;
      }

      static struct machine create(int is_halting) {
        static struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[256]; } cpuid;
        struct kvm_segment data = {0, ~0u, 16, 3, 1, 0, 1, 1, 0, 1, 0, 0, 0};
        struct kvm_regs regs = {.rip = 0x\(String(image.entry, radix: 16)), .rbx = 0x7000, .rflags = 2};
        struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
        struct kvm_sregs sregs;
        int kvm = request(open("/dev/kvm", O_RDWR), "/dev/kvm");
        struct machine n = {.vm = REQUEST(kvm, KVM_CREATE_VM, 0)};
        n.ram = mmap(0, RAM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct kvm_userspace_memory_region all = {0, 0, 0, RAM, (unsigned long)n.ram};
        REQUEST(n.vm, KVM_SET_TSS_ADDR, 0xfffbd000), REQUEST(n.vm, KVM_SET_USER_MEMORY_REGION, &all);
        REQUEST(n.vm, KVM_CREATE_IRQCHIP, 0), REQUEST(n.vm, KVM_CREATE_PIT2, &pit);
        n.vcpu = REQUEST(n.vm, KVM_CREATE_VCPU, 0);
        n.run = mmap(0, REQUEST(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), 3, MAP_SHARED, n.vcpu, 0);
        cpuid.head.nent = 256, REQUEST(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid);
        for (unsigned i = 0; i < cpuid.head.nent; i++) // and the TSC deadline
          if (cpuid.entries[i].function == 1) cpuid.entries[i].ecx |= 1 << 24;
        REQUEST(n.vcpu, KVM_SET_CPUID2, &cpuid);
        for (unsigned i = 0; i < sizeof image / sizeof *image; i++)
          for (unsigned j = 0; image[i].digits[2 * j]; j++)
            sscanf(image[i].digits + 2 * j, "%2hhx", n.ram + image[i].at + j);
        long khz = REQUEST(n.vcpu, KVM_GET_TSC_KHZ, 0);
        *(long *)(n.ram + 0x7018) = 0x7200; // hvm_start_info: where the command line is
        sprintf((char *)n.ram + 0x7200, "\(arguments)", \(ticks), \(listening) * khz / 1000, is_halting);
        REQUEST(n.vcpu, KVM_GET_SREGS, &sregs);
        sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = sregs.cs = data;
        sregs.cs.selector = 24, sregs.cs.type = 11, sregs.cr0 = 0x11;
        REQUEST(n.vcpu, KVM_SET_SREGS, &sregs), REQUEST(n.vcpu, KVM_SET_REGS, &regs);
        return n;
      }
      """)
  }

  func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
