import TSCReplay
import Testing

/// What a trace says against itself: then there is no verdict, and it says why.
@Suite("Doubts of a trace")
struct TraceDoubtTests {
  private static let good = """
    vmm-7 [000] 5.000001: kvm_write_tsc_offset: vcpu=0 prev=0 next=5
    vmm-7 [000] 5.000002: kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock tsc

    """

  @Test("the same machine in every layout of the tools", arguments: RecordedTraces.all)
  func layouts(text: String) throws {
    let found = try verdict(text)
    #expect(found.isStable && found.isKnown && found.machines.isEmpty, "\(found)")
    #expect(found.online == (text.contains("vcpu=1") || text.contains("vcpu_id=1") ? 2 : 1))
    for record in try records(text) {
      let task = try #require(record.task, "\(text)")
      #expect([11270, 11272, 22809, 22810].contains(task.thread))
      #expect(task.name == (task.thread % 10 == 9 || task.thread == 11270 ? "swvmm" : "vcpu 0"))
      let hasProcesses = text.contains("11270/") || text.contains("(  22809)")
      #expect(task.process == (hasProcesses ? (task.thread > 20000 ? 22809 : 11270) : nil))
      #expect((record.time == nil) == text.contains("us : "))
    }
  }

  @Test(
    "the host's clock by name and number, with a sign and in hexadecimal",
    arguments: [
      ("tsc", true), ("1", true), ("+1", true), ("0x1", true), ("0X01", true),
      ("VDSO_CLOCKMODE_TSC", true), ("3", true), ("0x3", true), ("hvclock", true), ("0", false),
      ("0x0", false), ("none", false), ("-0", false), ("2", false), ("0x2", false),
      ("pvclock", false), ("hpet", false), ("VCLOCK_NONE", false), ("4", nil), ("0x4", nil),
      ("-1", nil), ("0xffffffff", nil), ("2147483647", nil), ("TSC?", nil), ("tscx", nil),
      ("1x", nil), ("0x", nil), ("99999999999999999999", nil), ("acpi_pm", nil),
    ] as [(String, Bool?)])
  func hostClocks(name: String, isStable: Bool?) throws {
    let head = "1.0: kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock "
    let found = try verdict(head + name + "\n")
    #expect(found.isKnown == (isStable != nil), "\(found)")
    #expect(found.isStable == (isStable == true), "\(found)")
    #expect(found.text.contains("cannot be said") == (isStable == nil))
    guard case .track(_, _, _, _, let clock) = try records(head + name)[0].event else { return }
    #expect(clock.allowsMasterClock == isStable)
    // In a raw field it is a number.
    guard let number = Int(name) else { return }
    let raw = "kvm_track_tsc: vcpu_id=0 nr_vcpus_matched_tsc=0 online_vcpus=1 use_master_clock=0 "
    #expect(try verdict(raw + "host_clock=\(number)\n").isKnown == (isStable != nil))
  }

  @Test(
    "an unknown clock allows no verdict even where KVM uses a master clock; a known one later does")
  func unknownClock() throws {
    let unknown = "5.1: kvm_update_master_clock: masterclock 1 hostclock 0x9 offsetmatched 1\n"
    let found = try verdict(Self.good + unknown)
    #expect(!found.isKnown && found.doubts[0].contains("0x9"))
    let known = "5.2: kvm_update_master_clock: masterclock 1 hostclock 0x1 offsetmatched 1\n"
    let later = try verdict(Self.good + unknown + known)
    #expect(later.isStable)
    #expect(later.remarks.contains { $0.contains("clock changed 2 times, last at line 4") })
  }

  @Test(
    "what tools say of lost events",
    arguments: [
      "CPU:0 [LOST 12 EVENTS]", "CPU:13 [LOST EVENTS]", "CPU:1 [3 EVENTS DROPPED]\r",
      "CPU:1 [EVENTS DROPPED]", " swvmm 1 [001]  9.0: PERF_RECORD_LOST lost 5",
      " swvmm 1 [001]  9.0: PERF_RECORD_LOST_SAMPLES lost 5", "LOST 4 events!",
      "Processed 7 events and lost 1 chunks!", "Processed 10 samples and lost 3.00%!",
      "# entries-in-buffer/entries-written: 250/4711   #P:2", "##### CPU 1 buffer started ####",
      "overrun: 7", "dropped events: 1",
      "0 0x2d0 [0x28]: PERF_RECORD_LOST 11: id:9: lost:27",
    ])
  func losses(line: String) throws {
    for text in [Self.good + line + "\n", line + "\n" + Self.good, Self.good + line] {
      for size in [1, 7, 1000] {
        var scanner = TraceScanner()
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
          try scanner.scan(Array(bytes[start..<min(bytes.count, start + size)]).span) { _ in }
        }
        try scanner.finish { _ in }
        #expect(scanner.loss?.count == 1, "\(text)")
      }
      let found = try verdict(text)
      #expect(!found.isStable && !found.isKnown && found.wouldBeStable == true)
      #expect(found.text.contains("cannot be said: the trace says that events were lost, at line "))
    }
  }

  @Test(
    "what is not a loss",
    arguments: [
      "CPU:0 [LOST 0 EVENTS]", "# entries-in-buffer/entries-written: 9/9   #P:2", "overrun: 0",
      "dropped events: 0", "commit overrun: 0", "CPU:0 [something]", "#", "]", "!",
      "lost-1 [000] 1.0: sched_switch: prev_comm=lost prev_pid=3 events", "CPU 3 is empty",
      " x 1 [0] 1.0: sched:sched_process_fork: comm=a pid=1", "# cmdline : perf record -a",
    ])
  func noLoss(line: String) throws {
    #expect(try verdict(line + "\n" + Self.good + line + "\n").isStable, "\(line)")
  }

  @Test("two machines in one trace: an account for each process")
  func processes() throws {
    for layout in [
      RecordedTraces.twoMachines { "\($0) \($1)/\($2)" },
      RecordedTraces.twoMachines { "\($0)-\($2) (    \($1))" },
    ] {
      let found = try verdict(layout)
      #expect(found.machines.map(\.subject) == ["process 100 (alpha)", "process 200 (beta)"])
      #expect(found.machines.map(\.isStable) == [true, false])
      #expect(found.machines[1].cause.hasPrefix("only 1 of 2 vCPUs match"))
      #expect(!found.isStable && found.isKnown && found.events == 8)
      #expect(found.text.contains("process 100 (alpha): kvmclock can be stable: 2 of 2"))
      #expect(found.text.contains("process 200 (beta): kvmclock is unstable: only 1 of 2"))
    }
  }

  @Test("two machines where the layout has threads alone: no verdict, and how to get one")
  func threads() throws {
    let found = try verdict(RecordedTraces.twoMachines { "\($0)-\($2)" })
    #expect(!found.isKnown && !found.isStable)
    #expect(found.doubts[0].contains("more than one VM: line 3: vCPU 0's offset"))
    #expect(found.text.contains("100 (alpha), 200 (beta), 101 (alpha), 201 (beta)"))
    #expect(found.text.contains("--pid N") && found.text.contains("+pid"))
  }

  @Test("two machines of which only kvm_track_tsc is traced")
  func tracksAlone() throws {
    func track(_ thread: Int, _ vcpu: Int, _ matched: Int, _ online: Int) -> String {
      "vmm-\(thread) [000] 1.0: kvm_track_tsc: vcpu_id \(vcpu) masterclock 0 "
        + "offsetmatched \(matched) nr_online \(online) hostclock tsc\n"
    }
    #expect(try verdict(track(1, 0, 0, 1) + track(2, 1, 1, 2) + track(1, 0, 1, 2)).isStable)
    #expect(try !verdict(track(1, 0, 0, 1) + track(2, 0, 0, 1)).isKnown)
    #expect(try !verdict(track(1, 0, 0, 1) + track(1, 1, 1, 2) + track(1, 0, 0, 1)).isKnown)
    #expect(try !verdict(track(1, 0, 0, 4) + track(1, 1, 2, 4) + track(1, 2, 3, 4)).isKnown)
  }

  @Test("times that go back: lines out of order, a clock that wrapped, or traces joined")
  func times() throws {
    func write(_ time: String) -> String {
      "vmm-7 [000] \(time): kvm_write_tsc_offset: vcpu=0 prev=5 next=5\n"
    }
    for (first, second, isKnown) in [
      ("5.000002", "5.000003", true), ("5.000002", "5.000002", true), ("9.9", "10.000001", true),
      ("5.000002", "5.000001", false), ("4294967.295999", "0.000001", false),
      ("5.1", "5.09", false), ("9999999999999999999", "1", false),
      ("5.000000002", "5.000003", true),
    ] {
      let track =
        "kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock tsc\n"
      let found = try verdict(write(first) + write(second) + track)
      #expect(found.isKnown == isKnown, "\(first) \(second)")
      if !isKnown { #expect(found.doubts[0].hasPrefix("the times go back at line 2")) }
    }
  }

  @Test("last events that contradict each other")
  func contradictions() throws {
    let notAll = "5.1: kvm_update_master_clock: masterclock 0 hostclock tsc offsetmatched 0\n"
    #expect(try verdict(Self.good + notAll).doubts[0].hasPrefix("the last events contradict"))
    let impossible = "5.1: kvm_update_master_clock: masterclock 1 hostclock none offsetmatched 1\n"
    #expect(try verdict(Self.good + impossible).doubts[0].contains("KVM uses a master clock"))
    // One that came later settles it.
    let all = "5.2: kvm_update_master_clock: masterclock 1 hostclock tsc offsetmatched 1\n"
    #expect(try verdict(Self.good + notAll + all).isStable)
  }

  @Test("a verdict that was otherwise before says so")
  func history() throws {
    let text = [(0, 0, 1), (1, 1, 2), (0, 0, 2), (1, 1, 2)].map { vcpu, matched, online in
      "kvm_track_tsc: vcpu_id \(vcpu) masterclock 0 offsetmatched \(matched) nr_online \(online) "
        + "hostclock tsc\n"
    }
    let found = try verdict(text.joined())
    #expect(found.isStable)
    #expect(
      found.remarks == ["a master clock was ruled out once before, between lines 3 and 4"])
    #expect(try verdict(text.prefix(2).joined()).remarks == [])
  }

  @Test("more processes than are told apart are refused")
  func manyProcesses() throws {
    let text = (0...TraceAccounts.processesMax).map {
      "a \($0)/\($0) [0] 1.0: kvm_write_tsc_offset: vcpu=32767 prev=0 next=1\n"
    }
    #expect(try verdict(text.dropLast().joined()).machines.count == TraceAccounts.processesMax)
    #expect(throws: TraceError.self) { try verdict(text.joined()) }
  }

  @Test(
    "another layout is an error that names a remedy",
    arguments: [
      (RecordedTraces.perfTrace, "perf trace's layout"),
      ("swvmm 1 [001] 5.0: kvm:kvm_track_tsc: \n", "-F has trace"),
      (
        "kvm_track_tsc: [FAILED TO PARSE] vcpu_id=0 online_vcpus=1 use_master_clock=0\n", "no field"
      ),
      ("kvm_track_tsc: [FAILED TO PARSE] vcpu_id=0 online_vcpus=x\n", "no number"),
      ("kvm_track_tsc: [FAILED TO PARSE]\n", "no field vcpu_id"),
      ("kvm_track_tsc: {\"vcpu_id\": 0}\n", "as perf script"),
      ("kvm_track_tsc: vcpu_id 0 masterclock 0 offsetma", "cut off"),
    ])
  func otherLayouts(text: String, words: String) {
    do {
      _ = try verdict(text)
      Issue.record("no error")
    } catch {
      #expect(error.line == 1 && error.problem.contains(words), "\(error)")
    }
  }
}
