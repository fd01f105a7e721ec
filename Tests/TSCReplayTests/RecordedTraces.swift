/// The same machine with two vCPUs, as each tool prints its events: recorded by perf 6.1 and by ftrace on
/// Linux 6.18, and for trace-cmd 3.1 in the layouts that its library, perf's too, gives them.
enum RecordedTraces {
  /// `perf script`: the names of the host's clocks are the kernel's own, which perf cannot resolve.
  static let perf = """
               swvmm 11270 [001]   559.953712: kvm:kvm_update_master_clock: masterclock 0 hostclock 0x1 offsetmatched 0
               swvmm 11270 [001]   559.958256:    kvm:kvm_write_tsc_offset: vcpu=0 prev=0 next=18446742619769730050
               swvmm 11270 [001]   559.958260:           kvm:kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock 0x1
               swvmm 11270 [001]   559.958564:    kvm:kvm_write_tsc_offset: vcpu=1 prev=0 next=18446742619769730050
               swvmm 11270 [001]   559.958567:           kvm:kvm_track_tsc: vcpu_id 1 masterclock 0 offsetmatched 1 nr_online 2 hostclock 0x1
              vcpu 0 11272 [001]   559.959437: kvm:kvm_update_master_clock: masterclock 1 hostclock 0x1 offsetmatched 1

    """

  /// `perf script -F +pid,+period --ns`.
  static let perfWithProcesses = """
               swvmm 11270/11270 [001]   559.953712001:          1 kvm:kvm_update_master_clock: masterclock 0 hostclock 0x1 offsetmatched 0
               swvmm 11270/11270 [001]   559.958256621:          1    kvm:kvm_write_tsc_offset: vcpu=0 prev=0 next=18446742619769730050
               swvmm 11270/11270 [001]   559.958260577:          1           kvm:kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock 0x1
               swvmm 11270/11270 [001]   559.958564013:          1    kvm:kvm_write_tsc_offset: vcpu=1 prev=0 next=18446742619769730050
               swvmm 11270/11270 [001]   559.958567400:          1           kvm:kvm_track_tsc: vcpu_id 1 masterclock 0 offsetmatched 1 nr_online 2 hostclock 0x1
              vcpu 0 11270/11272 [001]   559.959437210:          1 kvm:kvm_update_master_clock: masterclock 1 hostclock 0x1 offsetmatched 1

    """

  /// `perf script -F +flags,comm,tid,time,event,trace`, without processors.
  static let perfWithFlags = """
               swvmm 11270   559.958256:    kvm:kvm_write_tsc_offset:                         vcpu=0 prev=0 next=18446742619769730050
               swvmm 11270   559.958260:           kvm:kvm_track_tsc:                         vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock 0x1

    """

  /// `trace-cmd report`.
  static let traceCommand = """
    cpus=2
               swvmm-22809   [000]   934.031738: kvm_update_master_clock: masterclock 0 hostclock 0x1 offsetmatched 0
               swvmm-22809   [000]   934.032471: kvm_write_tsc_offset: vcpu=0 prev=0 next=18446741648702312535
               swvmm-22809   [000]   934.032472: kvm_track_tsc:        vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock 0x1
               swvmm-22809   [000]   934.032632: kvm_write_tsc_offset: vcpu=1 prev=0 next=18446741648702312535
               swvmm-22809   [000]   934.032633: kvm_track_tsc:        vcpu_id 1 masterclock 0 offsetmatched 1 nr_online 2 hostclock 0x1
              vcpu 0-22810   [000]   934.032944: kvm_update_master_clock: masterclock 1 hostclock 0x1 offsetmatched 1

    """

  /// `trace-cmd report -R`.
  static let traceCommandRaw = """
    cpus=2
               swvmm-22809   [000]   934.031738: kvm_update_master_clock:  use_master_clock=0 host_clock=1 offset_matched=0
               swvmm-22809   [000]   934.032471: kvm_write_tsc_offset:  vcpu_id=0 previous_tsc_offset=0 next_tsc_offset=18446741648702312535
               swvmm-22809   [000]   934.032472: kvm_track_tsc:         vcpu_id=0 nr_vcpus_matched_tsc=0 online_vcpus=1 use_master_clock=0 host_clock=1
               swvmm-22809   [000]   934.032632: kvm_write_tsc_offset:  vcpu_id=1 previous_tsc_offset=0 next_tsc_offset=0xfffffd8b7b3a4057
               swvmm-22809   [000]   934.032633: kvm_track_tsc:         vcpu_id=1 nr_vcpus_matched_tsc=1 online_vcpus=2 use_master_clock=0 host_clock=1
              vcpu 0-22810   [000]   934.032944: kvm_update_master_clock:  use_master_clock=1 host_clock=1 offset_matched=1

    """

  /// ftrace's `trace`, with all that it prints before and between, and with the processes.
  static let ftrace = """
    # tracer: nop
    #
    # entries-in-buffer/entries-written: 6/6   #P:2
    #
    #                                          _-----=> irqs-off/BH-disabled
    #                                         / _----=> need-resched
    #                                        | / _---=> hardirq/softirq
    #                                        || / _--=> preempt-depth
    #                                        ||| / _-=> migrate-disable
    #                                        |||| /     delay
    #           TASK-PID       TGID    CPU#  |||||  TIMESTAMP  FUNCTION
    #              | |           |       |   |||||     |         |
               swvmm-22809   (  22809) [000] d..1.   934.031738: kvm_update_master_clock: masterclock 0 hostclock tsc offsetmatched 0
               swvmm-22809   (  22809) [000] d..1.   934.032471: kvm_write_tsc_offset: vcpu=0 prev=0 next=18446741648702312535
               swvmm-22809   (  22809) [000] d..1.   934.032472: kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock tsc
               swvmm-22809   (  22809) [000] d..1.   934.032632: kvm_write_tsc_offset: vcpu=1 prev=0 next=18446741648702312535
               swvmm-22809   (  22809) [000] d..1.   934.032633: kvm_track_tsc: vcpu_id 1 masterclock 0 offsetmatched 1 nr_online 2 hostclock tsc
              vcpu 0-22810   (  22809) [000] d..1.   934.032944: kvm_update_master_clock: masterclock 1 hostclock tsc offsetmatched 1

    """

  /// ftrace's `trace` with its option `fields`, without irq-info, processes not recorded, x86-tsc as clock.
  static let ftraceFields = """
               swvmm-22809   (-------) [000]  2425139584734: kvm_update_master_clock: use_master_clock=(0) host_clock=0x1 (1) offset_matched=(0)
               swvmm-22809   (-------) [000]  2425141856941: kvm_write_tsc_offset: vcpu_id=0x0 (0) previous_tsc_offset=0x0 (0) next_tsc_offset=0xfffffdcb631d2e91 (-2424993665391)
               swvmm-22809   (-------) [000]  2425141859931: kvm_track_tsc: vcpu_id=0x0 (0) nr_vcpus_matched_tsc=0x0 (0) online_vcpus=0x1 (1) use_master_clock=(0) host_clock=0x1 (1)
              vcpu 0-22810   (-------) [000]  2425142773961: kvm_update_master_clock: use_master_clock=(1) host_clock=0x1 (1) offset_matched=(1)

    """

  /// ftrace's `trace` with its option `latency-format`: no times that mean anything here.
  static let ftraceLatency = """
       swvmm-22809     0d..1. 2273us : kvm_write_tsc_offset: vcpu=0 prev=0 next=18446741648702312535
       swvmm-22809     0d..1. 2274us!: kvm_track_tsc: vcpu_id 0 masterclock 0 offsetmatched 0 nr_online 1 hostclock tsc

    """

  static let all = [
    perf, perfWithProcesses, perfWithFlags, traceCommand, traceCommandRaw, ftrace, ftraceFields,
    ftraceLatency,
  ]

  /// `perf trace`, which leaves out what is 0.
  static let perfTrace = """
         0.000 swvmm/22802 kvm:kvm_update_master_clock(host_clock: 1)
         0.860 swvmm/22802 kvm:kvm_write_tsc_offset(next_tsc_offset: -2424700624409)
         0.867 swvmm/22802 kvm:kvm_track_tsc(online_vcpus: 1, host_clock: 1)

    """

  /// Two machines with two vCPUs each, interleaved, with the process behind each thread.
  ///
  /// - Parameter task: The words for a task of the layout.
  /// - Returns: The trace: alpha's vCPUs match, and beta's do not.
  static func twoMachines(_ task: (_ name: String, _ process: Int, _ thread: Int) -> String)
    -> String
  {
    var text = ""
    var time = 0
    func add(_ machine: Int, _ vcpu: Int, _ event: String) {
      time += 1
      let process = 100 * (machine + 1)
      text += task(machine == 0 ? "alpha" : "beta", process, process + vcpu)
      text += " [000] 9.\(100 + time): \(event)\n"
    }
    for vcpu in 0...1 {
      for machine in 0...1 {
        let offset = UInt64.max - UInt64(machine + 1) * 1_000_000
        add(machine, vcpu, "kvm_write_tsc_offset: vcpu=\(vcpu) prev=0 next=\(offset)")
        add(
          machine, vcpu,
          "kvm_track_tsc: vcpu_id \(vcpu) masterclock 0 offsetmatched \(machine == 0 ? vcpu : 0) "
            + "nr_online \(vcpu + 1) hostclock 0x1")
      }
    }
    return text
  }
}
