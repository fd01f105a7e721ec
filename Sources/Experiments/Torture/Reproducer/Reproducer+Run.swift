internal import GuestImages

/// Running the guest, and what is seen of it, in C.
extension Reproducer {
  /// Globals, `mark`, `enter`, `settle`, `proceed`, and what those need.
  var run: [String] {
    var text = [
      "enum { READY = 1, ARMED, STARTED, HANDLED, DISARMED, SETTLED, SAMPLED };",
      "static long count[8], at[8], last, stops, raised, is_missed, has_ended, saving, frozen, stopped, resumed, ended_at;",
      "static void give_up(const char *why, int number) {",
      "  fprintf(stderr, why, number), fputs(\"\\n\", stderr), exit(2);", "}",
      "static long now(void) { // in nanoseconds", "  struct timespec t;",
      "  clock_gettime(CLOCK_MONOTONIC, &t);", "  return t.tv_sec * 1000000000 + t.tv_nsec;", "}",
    ]
    if waits { text.append("static void wait_until(long time) { while (now() < time) {} }") }
    if meets {
      text += lines(
        """
        static void meet(long frozen) { // the deadline passes here, and has not before
          is_missed |= now() >= at[ARMED] + PERIOD * (count[HANDLED] + 1);
          wait_until(at[STARTED] + PERIOD * (count[HANDLED] + 1) + frozen);
        }
        """)
    }
    if law == .raised { text += raising }
    if verdict == .jumped { text += samples }
    text += lines(
      """
      static void mark(unsigned value) { // what the guest says: bits 7:0 are a kind, 31:8 a number
        last = value & 7;
        count[last]++, at[last] = now();
      """)
    if verdict == .jumped { text.append("  if (last == SAMPLED) sample();") }
    return text + ["}"] + entering + proceeding
  }

  /// Whether the vCPU is held somewhere until the deadline has passed.
  private var meets: Bool {
    switch cut.place {
    case .natural, .later, .nearly: false
    default: law != .raised
    }
  }

  private var waits: Bool { meets || cut.rest > 0 || cut.place == .nearly }

  private var raising: [String] {
    switch torture.subject {
    case .nmi:
      lines(
        """
        static void raise_it(void) { // twice
          REQUEST(m.vcpu, KVM_NMI, 0), REQUEST(m.vcpu, KVM_NMI, 0), raised = 2;
        }
        """)
    default:
      lines(
        """
        static void line(int level) {
          struct kvm_irq_level l = {{5}, level};
          REQUEST(m.vm, KVM_IRQ_LINE, &l);
        }
        static void raise_it(void) { line(1)\(torture.subject == .ioapicLevel ? "" : ", line(0)"), raised = 1; }
        """)
    }
  }

  private var entering: [String] {
    lines(
      """
      // KVM_RUN, once: 0 for a signal, 1 for a step, 2 for another exit, 3 for the guest's end.
      static int enter(int is_completing) {
        unsigned char *data = (unsigned char *)m.run;
        m.run->immediate_exit = is_completing;
        if (ioctl(m.vcpu, KVM_RUN, 0) < 0) return errno == EINTR ? 0 : request(-1, "KVM_RUN");
        if (m.run->exit_reason == KVM_EXIT_DEBUG) return 1;
        if (m.run->exit_reason != KVM_EXIT_IO) give_up("exit reason %u", m.run->exit_reason);
        data += m.run->io.data_offset;
        if (m.run->io.direction == KVM_EXIT_IO_IN) memset(data, 255, m.run->io.size);
        else if (m.run->io.port == 0x\(String(PLATFORM_LAB_MARK, radix: 16))) mark(*(unsigned *)data);
        return m.run->io.port == 0x\(String(PLATFORM_EXIT_PORT, radix: 16)) ? 3 : 2;
      }
      static void settle(void) { while (enter(1)) {} } // completes the instruction that exited
      """)
  }

  /// To the boundary, where the run is cut, or to the end.
  private var proceeding: [String] {
    var text: [String] = []
    if isStepped {
      text += lines(
        """
        static void step(int is_on) {
          struct kvm_guest_debug d = {.control = is_on ? 3 : 0};
          REQUEST(m.vcpu, KVM_SET_GUEST_DEBUG, &d); // enable, single step
        }
        """)
    }
    text += lines(
      """
      static int proceed(int is_cut) { // to the boundary (1), or to the guest's end (0)
        \(isHalted ? "is_cut ? (int)ualarm(PERIOD / 10000, PERIOD / 10000) : (int)alarm(2);" : "alarm(2);")
        for (long end = now() + 20 * PERIOD; now() < end;) {
      """)
    if isStepped {
      text += lines(
        """
            struct kvm_regs r; // some KVMs forget the halt when they stop behind HLT
            REQUEST(m.vcpu, KVM_GET_REGS, &r);
            step(is_cut && m.ram[r.rip & (RAM - 1)] != 0xf4);
        """)
    }
    text += lines(
      """
          int stop = enter(0);
          if (stop == 3) { ended_at = now(), has_ended = 1; return 0; }
      """)
    if isStepped { text.append("    if (is_cut) settle();") }
    text += counting + reactions
    text += lines(
      """
          if (last == READY) stops = last = 0;
          if (!is_cut || stops < \(cut.boundary.number)) continue;
          settle();
      """)
    if isStepped { text.append("    step(0);") }
    return text + ["    return 1;", "  }", "  return 0;", "}"]
  }

  private var isStepped: Bool { if case .step = cut.boundary { true } else { false } }
  private var isHalted: Bool { if case .halt = cut.boundary { true } else { false } }

  private var counting: [String] {
    switch cut.boundary {
    case .exit: ["    stops += stop == 2;"]
    case .step: ["    stops += stop != 0;"]
    case .halt:
      lines(
        """
            struct kvm_mp_state state = {0};
            if (!stop) settle(), REQUEST(m.vcpu, KVM_GET_MP_STATE, &state);
            stops += state.mp_state == KVM_MP_STATE_HALTED;
        """)
    }
  }

  /// What the host does after a mark.
  private var reactions: [String] {
    var text: [String] = []
    // Of a run that is not cut, too, where a cut has its place for it.
    let isNatural = cut.place == .natural || cut.place == .earlier
    if law == .raised {
      text.append(
        "    if (last == STARTED && !raised\(isNatural ? "" : " && !is_cut")) raise_it();")
    } else if cut.place == .earlier {
      text.append(
        "    if (last == STARTED && is_cut) meet(0), resumed = now(), stopped = at[STARTED], last = 0;"
      )
    }
    if torture.subject == .ioapicLevel { text.append("    if (last == HANDLED) line(0);") }
    return text
  }
}
