/// What is expected, and what was observed, in C.
extension Reproducer {
  /// Prints both of one run; returns whether the fault shows.
  var judgement: [String] {
    (verdict == .differs ? differing : [])
      + ["static int judge(const char *name\(verdict == .differs ? ", int is_cut" : "")) {"]
      + numbers
      + lines(
        """
          printf("%s: \(what), expected \(bound)%ld, observed %ld\\n", name, expected, observed);
          return \(verdict == .differs ? "is_cut && " : "")\(fault);
        }
        """)
  }

  /// What the numbers are.
  private var what: String {
    switch verdict {
    case .lost, .doubled: "interrupts delivered"
    case .early, .late: "microseconds from arming to the handler"
    case .jumped: "pairs of readings that no clock gives"
    case .stuck: "ends of the guest"
    case .differs: "pages and registers unlike those of a run that is not cut"
    }
  }

  private var bound: String {
    switch (verdict, law) {
    case (.lost, .periodic), (.early, _): "at least "
    case (.doubled, .periodic), (.late, _): "at most "
    default: ""
    }
  }

  private var fault: String {
    switch verdict {
    case .lost, .early: "observed < expected"
    case .doubled, .late: "observed > expected"
    default: "observed != expected"
    }
  }

  private var numbers: [String] {
    switch (verdict, law) {
    case (.lost, .periodic):
      lines(
        """
          long hidden = (resumed - at[ARMED]) / PERIOD - (stopped - at[ARMED]) / PERIOD - 1;
          long slack = at[STARTED] - at[ARMED] + frozen + PERIOD / 100 * \(TortureLaw.tolerance);
          long expected = (ended_at - at[ARMED] - slack) / PERIOD - (hidden > 0 ? hidden : 0);
          long observed = count[HANDLED];
        """)
    case (.doubled, .periodic):
      ["  long expected = (at[HANDLED] - at[ARMED]) / PERIOD, observed = count[HANDLED];"]
    case (.lost, .raised), (.doubled, .raised):
      ["  long expected = raised, observed = count[HANDLED];"]
    case (.lost, _), (.doubled, _):
      ["  long expected = count[ARMED] - count[DISARMED], observed = count[HANDLED];"]
    case (.early, _):
      ["  long expected = PERIOD / 1000, observed = (at[HANDLED] - at[ARMED]) / 1000;"]
    case (.late, _):
      lines(
        """
          long due = PERIOD + frozen, back = resumed - at[ARMED];
          long expected = ((due > back ? due : back) + PERIOD / 100 * \(TortureLaw.tolerance)) / 1000;
          long observed = (at[HANDLED] - at[ARMED]) / 1000;
        """)
    case (.jumped, _): ["  long expected = 0, observed = jumps();"]
    case (.stuck, _): ["  long expected = 1, observed = has_ended;"]
    case (.differs, _): ["  long expected = 0, observed = differences(is_cut);"]
    }
  }

  /// One run; then the program: the guest as it is, then the guest that is cut.
  var main: [String] {
    let isHalting = cut.place == .earlier ? 0 : 1
    // The search's new VM is younger than the one that it runs again and again, and so is that VM's clock.
    let age = law == .clock ? "usleep(PERIOD / 1000); " : ""
    let other = cut.isNewVM ? age + "struct machine other = create(\(isHalting));" : ""
    return lines(
      """
      static int run(const char *name, int is_cut) {
        memset(count, 0, sizeof count);
        last = stops = raised = is_missed = has_ended = frozen = stopped = resumed\(verdict == .jumped ? " = samples" : "") = 0;
        m = create(\(isHalting));
        \(other)
        if (is_cut && !proceed(1)) give_up("boundary %d is not reached", \(cut.boundary.number));
        if (is_cut) carry(\(cut.isNewVM ? "other" : ""));
        proceed(0);
        return is_missed ? 2 : judge(name\(verdict == .differs ? ", is_cut" : ""));
      }
      static void wake(int signal) { (void)signal; }

      int main(void) {
        int result = 2;
        signal(SIGALRM, wake);
        \(preference)
        \(verdict == .differs ? "for (int i = 0; i < 3; i++) run(\"not cut\", 0); // to know what is steady" : "")
        if (run("not cut", 0)) give_up("that is not right either, exit status %d", 1);
        // Where the deadline passes before its place, the run says nothing.
        for (int i = 0; i < 5 && result == 2; i++) result = run("cut", 1);
        if (result == 2) give_up("the host is too slow for this cut, %d times", 5);
        return result;
      }
      """
    ).filter { $0 != "  " }
  }

  /// Other work of the host, in whose turns ticks pass, hides what is lost.
  ///
  /// *Why not with a PIT:* KVM raises its interrupts by a kernel thread, which would wait for this one.
  private var preference: String {
    switch torture.subject {
    case .pitOneShot, .pitPeriodic: ""
    default:
      "sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1}); // where this user may"
    }
  }

  // MARK: Clocks

  /// The clock that the guest stores where RBX points, judged as ``TortureLaw/clock`` does.
  var samples: [String] {
    let reading =
      torture.subject == .kvmclock
      ? """
        if (*(int *)(p + 8) != *(int *)(p + 40)) return; // KVM wrote it while the guest read it
        long delta = *(long *)p - *(long *)(p + 16), shift = *(signed char *)(p + 36);
        delta = shift < 0 ? delta >> -shift : delta << shift;
        guest_time[samples] = *(long *)(p + 24) + (long)((__int128)delta * *(unsigned *)(p + 32) >> 32);
      """
      : "  guest_time[samples] = (__int128)*(long *)p * 1000000 / REQUEST(m.vcpu, KVM_GET_TSC_KHZ, 0);"
    return lines(
      """
      static long samples, guest_time[99], host_time[99];
      static void sample(void) { // RBX points to the guest's TSC, pvclock_vcpu_time_info, and version
        struct kvm_regs r; REQUEST(m.vcpu, KVM_GET_REGS, &r);
        unsigned char *p = m.ram + (r.rbx & (RAM - 64));
      \(reading)
        host_time[samples] = now(), samples += samples < 98;
      }
      static int jumps(void) { // beyond the host's clock, or behind it by more than the time outside
        long found = 0, slack = \(TortureLaw.clockTolerance);
        for (int j = 1; j < samples; j++)
          for (int i = 0; i < j; i++) { // a sample was read after the one before was stored
            long guest = guest_time[j] - guest_time[i], most = host_time[j] - (i ? host_time[i - 1] : at[READY]);
            long least = host_time[j - 1] - host_time[i] - frozen;
            found += guest < 0 || guest > most + slack || guest < least - slack;
          }
        return found;
      }
      """)
  }

  // MARK: State

  /// Pages and registers that are the same after each run that is not cut, and not after this one.
  private var differing: [String] {
    lines(
      """
      static int differences(int is_cut) {
        static unsigned char first[RAM], is_unsteady[RAM >> 12];
        static struct kvm_regs was;
        struct kvm_regs r;
        settle(), REQUEST(m.vcpu, KVM_GET_REGS, &r);
        if (!was.rip) memcpy(first, m.ram, RAM), was = r;
        int found = (r.rbx != was.rbx) + (r.rcx != was.rcx) + (r.rsp != was.rsp) + (r.rip != was.rip);
        for (unsigned page = 0; page < RAM >> 12; page++) {
          int is_other = memcmp(first + (page << 12), m.ram + (page << 12), 4096) != 0;
          if (is_cut) found += is_other && !is_unsteady[page] && page != (r.rsp - 1) >> 12;
          else is_unsteady[page] |= is_other;
        }
        return found;
      }
      """)
  }
}
