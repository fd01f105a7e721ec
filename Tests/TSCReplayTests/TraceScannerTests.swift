import TSCReplay
import TestSupport
import Testing

@Suite("Trace scanner")
struct TraceScannerTests {
  @Test("the events' lines as perf script, trace-cmd report and ftrace print them")
  func formats() throws {
    let write = TraceEvent.writeOffset(vcpu: 1, previous: 0, next: .max)
    let track = TraceEvent.track(
      vcpu: 2, usesMasterClock: true, matched: 1, online: 3, clock: .tsc)
    let fields = "vcpu=1 prev=0 next=18446744073709551615"
    let tracked = "vcpu_id 2 masterclock 1 offsetmatched 1 nr_online 3 hostclock tsc"
    for (line, event, time) in [
      (
        " CPU 0/KVM  1234 [002]  1000.000101: kvm:kvm_write_tsc_offset: \(fields)", write,
        "1000.000101"
      ),
      (
        " qemu-system-x86-1234  [002]  1000.000101: kvm_write_tsc_offset: \(fields)", write,
        "1000.000101"
      ),
      (
        " qemu-system-x86-1234  [002] d..1.  10.5: kvm_track_tsc:        \(tracked)\r", track,
        "10.5"
      ),
      (" qemu 1/2 [0] 25000000001: kvm:kvm_track_tsc: \(tracked)", track, "25000000001"),
      ("kvm:kvm_track_tsc: \(tracked) ", track, ""),
      ("kvm_track_tsc:\(tracked)", track, ""),
    ] {
      let found = try records(line)
      #expect(found.map(\.event) == [event], "\(line)")
      #expect(found.map { $0.time?.description ?? "" } == [time], "\(line)")
    }
    #expect(
      try records("1.0: kvm_update_master_clock: masterclock 0 hostclock hpet offsetmatched 1")
        == [
          TraceRecord(
            .update(usesMasterClock: false, clock: .other("hpet"), areAllMatched: true), line: 1,
            time: TraceTime(digits: 10, decimals: 1))
        ])
    // Without a name in the kernel's table, the Hyper-V TSC page is a number.
    #expect(
      try records("kvm_update_master_clock: masterclock 1 hostclock 0x3 offsetmatched 1")[0].event
        == .update(usesMasterClock: true, clock: .tsc, areAllMatched: true))
  }

  @Test("other lines are passed over, and counted")
  func otherLines() throws {
    let text = """
      # event : name = kvm:kvm_track_tsc, id = 1, type = 2
      qemu 1 [0] 1.0: kvm:kvm_exit: reason EXIT_MSR rip 0x1 info 0 0
      qemu 1 [0] 1.0: my_kvm_track_tsc: vcpu
      kvm_track_tsc
      qemu 1 [0] 1.0: sched:sched_switch: prev=kvm_track_tsc next=a

      cpus=2
      1.5: kvm_write_tsc_offset: vcpu=0 prev=1 next=2
      """
    let found = try records(text)
    #expect(found.count == 1)
    #expect(found.first?.line == 8)
  }

  @Test("time stamps print as they were")
  func times() throws {
    for time in ["0.000001", "0.5", "12.000000", "1234567890.123456789", "77", "0"] {
      let found = try records("\(time): kvm_write_tsc_offset: vcpu=0 prev=1 next=2")
      #expect(found.first?.time?.description == time)
    }
  }

  @Test(
    "what stands in a time stamp's place and is none is refused, by its line",
    arguments: [
      "nan", "-nan", "inf", "Infinity", "-1.5", "+1", "1e5", "0x12", "1.2.3", "1,5", ":",
      "123456789012345678901", "12345678901234567890",
      "us", "5us!!", "5ms", "5u",
    ])
  func malformedTime(_ time: String) throws {
    let fields = "kvm_write_tsc_offset: vcpu=0 prev=1 next=2"
    for head in ["", " CPU 0/KVM  1234 [002]  ", " qemu-system-x86-1234  [002] d..1.  "] {
      for colon in time == ":" ? [":"] : [":", " :"] {
        let text = "1.0: \(fields)\n\(head)\(time)\(colon) \(fields)"
        do {
          _ = try records(text)
          Issue.record("\(text) was accepted")
        } catch {
          #expect(error.line == 2 && error.problem.hasPrefix("time stamp '\(time)'"), "\(error)")
        }
      }
    }
    #expect(try records("nan: [002] \(fields)").map(\.time) == [nil], "a task's name")
  }

  @Test("where a piece ends makes no difference", arguments: [1, 2, 3, 7, 64, 100, 1000])
  func pieces(size: Int) throws {
    let text = TSCExample.trace.text
    let whole = try records(text)
    #expect(whole.count == 13)
    #expect(try records(text, piecesOf: size) == whole)
    #expect(try records(String(text.dropLast()), piecesOf: size) == whole)
  }

  @Test(
    "an event that cannot be read is an error with its line",
    arguments: [
      "kvm_write_tsc_offset: ", "kvm_write_tsc_offset: vcpu=0",
      "kvm_write_tsc_offset: vcpu=0 prev=",
      "kvm_write_tsc_offset: vcpu=0 prev=1 next=x", "kvm_write_tsc_offset: vcpu=-1 prev=1 next=2",
      "kvm_write_tsc_offset: vcpu=0 prev=1 next=18446744073709551616",
      "kvm_write_tsc_offset: vcpu=0 prev=99999999999999999999 next=0",
      "kvm_write_tsc_offset: vcpu=32768 prev=1 next=2",
      "kvm_write_tsc_offset: vcpu=0 prev=1 next=2 more",
      "kvm_write_tsc_offset: vcpu=0 next=2 prev=1",
      "kvm_track_tsc: vcpu_id 0 masterclock 2 offsetmatched 0 nr_online 1 hostclock tsc",
      "kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 4294967296 nr_online 1 hostclock tsc",
      "kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock",
      "kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1",
      "kvm_update_master_clock: masterclock 1 hostclock tsc offsetmatched",
    ])
  func malformed(line: String) {
    let good = "1.0: kvm_write_tsc_offset: vcpu=0 prev=1 next=2\n"
    do {
      _ = try records(good + "something else\n" + "1.0: " + line + "\n" + good)
      Issue.record("no error")
    } catch {
      #expect(error.line == 3)
      #expect(error.problem.hasPrefix("kvm_"), "\(error)")
    }
  }

  @Test("a line without an end is refused, before it fills the memory")
  func endlessLine() {
    let line = [UInt8](repeating: 0, count: 70_000)
    for size in [1000, 65_536, Int.max] {
      #expect(throws: TraceError.self) { try records(Array("a\n".utf8) + line, piecesOf: size) }
    }
  }

  @Test("whatever bytes there are, it reads them or says where it cannot")
  func fuzz() {
    let text = Array(TSCExample.trace.text.utf8)
    var random = SplitMix64(seed: 5)
    var errors = 0
    for _ in 0..<3000 {
      var bytes = text
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 40))
        }
      }
      let size = Int.random(in: 1...bytes.count, using: &random)
      do {
        var replay = TraceReplay()
        for record in try records(bytes, piecesOf: size) { _ = replay.explain(record) }
        _ = replay.verdict(lines: 1).text
      } catch {
        #expect((1...16).contains(error.line), "\(error)")
        errors += 1
      }
    }
    #expect(errors > 500 && errors < 2800)
  }
}
