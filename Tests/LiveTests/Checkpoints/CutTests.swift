import CKVM
import Glibc
import KVM
import LinuxHost
import Synchronization
import TestSupport
import Testing

@testable import VMM

/// A guest as the tests of virtual time run it.
struct VirtualGuest: CustomTestStringConvertible, Sendable {
  let name: String
  let arguments: String
  let cpus: Int
  /// After how many steps the test ends, if the guest does not end before.
  let stepsMax: Int
  /// Whether it reads the TSC, which is the host's: then registers and memory are not the same twice.
  let readsTSC: Bool

  init(
    _ name: String, _ arguments: String = "", thorough: String? = nil, cpus: Int = 1,
    stepsMax: Int = .max, readsTSC: Bool = false
  ) {
    self.name = name
    self.arguments = isThorough ? thorough ?? arguments : arguments
    self.cpus = cpus
    self.stepsMax = isEmulated ? min(stepsMax, 10) : stepsMax
    self.readsTSC = readsTSC
  }

  var testDescription: String { "\(name) \(arguments)" }

  /// All built-in guests.
  ///
  /// Those that take long are told to do less of the same, unless the run is thorough: then they do what
  /// they do without arguments, and of the longest ten times as many steps are tried.
  static let all = [
    VirtualGuest("hello"), VirtualGuest("echo"), VirtualGuest("exit-code", "7"),
    VirtualGuest("marks"), VirtualGuest("smp-hello", cpus: 3), VirtualGuest("out-of-ram"),
    // It prints nine characters, and never exits again.
    VirtualGuest("spin", stepsMax: 9),
    VirtualGuest("dead-halt"), VirtualGuest("triple-fault"), VirtualGuest("bad-instruction"),
    VirtualGuest("halves"), VirtualGuest("stretch", "6 10000", thorough: "20 20000"),
    VirtualGuest("iret32"),
    VirtualGuest("level-count", stepsMax: repetitions(300)),
    VirtualGuest("tick", "5", thorough: ""),
    VirtualGuest("count-continuity", stepsMax: repetitions(600)),
    // Of more, a trace would not keep the first events.
    VirtualGuest("freeze-race", "20", thorough: "20000", stepsMax: repetitions(600)),
    VirtualGuest("ack-race", "40", thorough: "", stepsMax: repetitions(2700)),
    VirtualGuest("gtick", "5", thorough: ""),
    VirtualGuest("level", stepsMax: repetitions(600)),
    VirtualGuest("spurious", "20", thorough: "", stepsMax: repetitions(600)),
    VirtualGuest("smp-gtick", "3", thorough: "", cpus: 2, stepsMax: repetitions(1000)),
    VirtualGuest("smp-count", "3", thorough: "", cpus: 2, stepsMax: repetitions(1000)),
    VirtualGuest("tsc-sync", cpus: 2, stepsMax: repetitions(600), readsTSC: true),
    VirtualGuest("tsc-write", readsTSC: true),
    VirtualGuest("registers"), VirtualGuest("loop", "8 20"), VirtualGuest("start-halt", cpus: 2),
    VirtualGuest("nmi-wake"), VirtualGuest("hang-up"), VirtualGuest("fill", "2 1"),
    VirtualGuest("kernel-code"), VirtualGuest("multiboot"),
    VirtualGuest("deadlines", "5", readsTSC: true), VirtualGuest("conserve"),
    // Of the kernel's timers, which are not there (``KernelTimerCutTests``).
    VirtualGuest("apic-oneshot"), VirtualGuest("apic-periodic"), VirtualGuest("apic-deadline"),
    VirtualGuest("pit-oneshot"), VirtualGuest("pit-periodic"), VirtualGuest("ioapic-edge"),
    VirtualGuest("ioapic-level"), VirtualGuest("nmi"), VirtualGuest("windows"),
    VirtualGuest("clock", "0 5", readsTSC: true),
  ]
}

extension LiveUntimed {
  /// Virtual time is the guest's alone: no checkpoint, restore, stop or signal moves anything in it.
  @Suite("Cuts in virtual time", .requiresKVM, .timeLimit(.minutes(60)))
  final class CutTests {
    private let folder = TemporaryFolder(inMemory: true)

    @Test("the guests of these tests are all that there are")
    func completeness() {
      #expect(Set(VirtualGuest.all.map(\.name)) == Set(BuiltInGuest.all.map(\.name)))
    }

    /// A proof by induction, of all cuts and of all chains of cuts: the machine that is never restored is
    /// saved after each step; what is restored from that and takes one step is in the state, byte by byte,
    /// in which the other is after its next step.
    @Test(
      "restored after any exit, a machine is after the next one where it would be anyhow",
      arguments: VirtualGuest.all)
    func everyExit(guest: VirtualGuest) throws {
      let system = try KVMSystem()
      let whole = try VirtualMachineSteps(guest.name, guest.arguments, cpus: guest.cpus)
      var files = (now: folder.path + "/even", next: folder.path + "/odd")
      let restoredFile = folder.path + "/restored"
      var isSaved = false
      var trace: [TraceEvent] = []
      for step in 1...guest.stepsMax {
        // Of many steps a tenth, unless the run is thorough.
        let isTried = isThorough || step <= 10 || step.isMultiple(of: 10)
        if isTried && !isSaved { try whole.save(to: files.now) }
        isSaved = isTried
        let events = whole.step()
        trace += events
        guard isTried else {
          if whole.machine.isStopping { break }
          continue
        }
        let restored = try VirtualMachineSteps(restoring: files.now, on: system)
        try #require(restored.step() == events, "step \(step)")
        try #require(restored.machine.result == whole.machine.result, "step \(step)")
        if whole.machine.isStopping { break }
        try whole.save(to: files.next)
        try restored.save(to: restoredFile)
        let (expected, found) = try (
          SavedState(reading: files.next), SavedState(reading: restoredFile)
        )
        if !guest.readsTSC {
          try #require(found.differences(from: expected) == [], "step \(step)")
        }
        swap(&files.now, &files.next)
      }
      if whole.machine.isStopping {
        let uncut = try guest.machine().run()
        // The steps' events are those of the vCPUs; timers keep their own.
        let own = uncut.trace.filter { if case .timer = $0.content { false } else { true } }
        #expect(Dictionary(grouping: trace, by: \.cpu) == Dictionary(grouping: own, by: \.cpu))
        #expect(whole.machine.result == uncut.outcome)
      }
    }

    // MARK: Between two exits

    private static let endingGuests = VirtualGuest.all.filter { $0.name != "spin" }

    /// How a host disturbs a machine, from another thread.
    enum Disturbance: CaseIterable {
      /// What SIGSTOP and SIGCONT do, a debugger, or a freezer: KVM_RUN ends early.
      case interruptions
      /// Checkpoints, and the run continues.
      case checkpoints
    }

    /// Each guest is disturbed in each way, or in one of them unless the run is thorough.
    private static let disturbedGuests = endingGuests.enumerated().flatMap { index, guest in
      let all = Disturbance.allCases
      return (isThorough ? all : [all[index % all.count]]).map { (guest, $0) }
    }

    @Test(
      "interrupted and saved at any instant, between two exits too, a run makes the same trace",
      arguments: disturbedGuests)
    func storm(guest: VirtualGuest, disturbance: Disturbance) throws {
      let expected = try guest.machine().run()
      let plan: CheckpointPlan? =
        switch disturbance {
        case .interruptions: nil
        case .checkpoints: CheckpointPlan(.signal, file: folder.path + "/storm", keepsRunning: true)
        }
      let machine = try guest.machine(plan)
      let found = try run(machine, disturbedEvery: 300) { machine in
        switch disturbance {
        case .interruptions: machine.kickAll()
        case .checkpoints: machine.requestCheckpoint()
        }
      }
      #expect(found.outcome == expected.outcome)
      #expect(found.eventsByCPU == expected.eventsByCPU)
    }

    @Test(
      "in a chain of up to a hundred machines, each cut at any instant, the traces make up the whole one",
      arguments: endingGuests)
    func chain(guest: VirtualGuest) throws {
      let expected = try guest.machine().run()
      let system = try KVMSystem()
      let file = folder.path + "/link"
      let plan = CheckpointPlan(.signal, file: file, keepsRunning: false)
      var configuration = VirtualMachineSteps.configuration
      configuration.checkpoint = plan
      var random = SplitMix64(seed: 7)
      var machine = try guest.machine(plan)
      var cutsBetweenExits = 0
      var events = expected.eventsByCPU.mapValues { _ in [TraceEvent]() }
      let links = max(10, repetitions(100))
      for link in 1...links {
        let delay = UInt32.random(in: 100...4000, using: &random)
        let result =
          link < links
          ? try run(machine, disturbedEvery: delay) { $0.requestCheckpoint() } : try machine.run()
        events.merge(result.eventsByCPU, uniquingKeysWith: +)
        guard result.outcome == .checkpointed(file: file) else {
          #expect(result.outcome == expected.outcome)
          break
        }
        machine = try Machine(
          restoring: file, configuration, on: system, countsStoppedTime: false)
        cutsBetweenExits += machine.nextVirtualTurn.withLock { $0.isBegun } ? 1 : 0
      }
      #expect(events == expected.eventsByCPU)
      // Nearly all of its time is between two exits.
      #expect(guest.name != "stretch" || cutsBetweenExits > 0)
    }

    /// Runs a machine while another thread disturbs it, from the end of each interval on.
    private func run(
      _ machine: Machine, disturbedEvery microseconds: UInt32,
      _ disturb: @escaping @Sendable (Machine) -> Void
    ) throws -> RunResult {
      let thread = try HostThread(named: "disturbance") {
        while !machine.isStopping {
          usleep(microseconds)
          disturb(machine)
        }
      }
      let result = Result { try machine.run() }
      thread.join()
      return try result.get()
    }
  }
}

extension VirtualGuest {
  fileprivate func machine(_ checkpoint: CheckpointPlan? = nil) throws -> Machine {
    var configuration = VirtualMachineSteps.configuration
    configuration.cpus = cpus
    configuration.checkpoint = checkpoint
    return try Machine(
      configuration, on: KVMSystem(), image: BootImage(#require(BuiltInGuest.named(name)).file),
      commandLine: Array(arguments.utf8))
  }
}

extension RunResult {
  fileprivate var eventsByCPU: [Int: [TraceEvent]] { Dictionary(grouping: trace, by: \.cpu) }
}

/// What a checkpoint holds of the guest's world: all but what the host's clocks showed.
private struct SavedState: Equatable {
  private var sections: [String: [UInt8]] = [:]

  /// IA32_TSC, and of Hyper-V's the thread's CPU time and the time since boot.
  private static let clocks: Set<UInt32> = [0x10, 0x4000_0010, 0x4000_0020]

  init(reading path: String) throws {
    let file = try CheckpointFile(reading: path)
    for name in file.sections where name.tag != .tscOffset {
      sections["\(name)"] = try file.bytes(of: name)
    }
    // Wall clock; the host's TSC and the kernel's clock.
    sections["MACH 0"]?.replaceSubrange(28..<36, with: repeatElement(0, count: 8))
    sections["MACH 0"]?.replaceSubrange(40..<56, with: repeatElement(0, count: 16))
    for (name, bytes) in sections where name.hasPrefix("XSAV") {
      // XSTATE_BV, bit 1: whether the processor took notice that all of SSE is in its initial state, which
      // it need not. The registers themselves are compared.
      sections[name]?[512] = bytes[512] & ~2
    }
    for (name, bytes) in sections where name.hasPrefix("MSRS") {
      // Entries of 16 bytes: number, nothing, value.
      for entry in stride(from: 0, to: bytes.count, by: 16)
      where Self.clocks.contains(bytes.number(at: entry)) {
        sections[name]?.set(entry + 8, UInt64(0))
      }
    }
    let memory = try file.memory()
    for pages in try memory.usedPages().ranges {
      sections["page \(pages.lowerBound)"] = memory.bytes(
        at: UInt64(pages.lowerBound) << 12, count: pages.count << 12)
    }
  }

  func differences(from other: SavedState) -> [String] {
    sections.keys.filter { sections[$0] != other.sections[$0] }.sorted()
  }
}
