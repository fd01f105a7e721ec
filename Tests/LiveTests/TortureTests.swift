import KVM
import LinuxHost
import Synchronization
import TestSupport
import Testing
import VMM

@testable import Experiments

extension Live {
  /// What torture finds on any KVM, and that its plants are found.
  ///
  /// *Why not whole searches:* they take minutes, and the soak makes them.
  @Suite("Torture", .requiresKVM, .timeLimit(.minutes(10)))
  struct TortureTests {
    private func system() throws -> KVMSystem {
      KickSignal.install()
      // A thread of the test library's holds all signals back.
      KickSignal.unblock()
      return try KVMSystem()
    }

    private func bench(
      _ subject: TortureSubject, via: TortureVia = .bare, on system: borrowing KVMSystem
    ) throws -> TortureBench {
      let image = try BootImage(#require(BuiltInGuest.named("conserve")).file)
      let timing = try TortureTiming(measuring: subject, image, on: system)
      return try TortureBench(subject, image, timing, via: via, on: system)
    }

    /// What cuts of a subject do in all of three attempts.
    private func verdicts(
      _ subject: TortureSubject, _ cuts: [Cut], via: TortureVia = .bare
    ) throws -> [Set<TortureVerdict>] {
      let system = try system()
      return try HostThread.whilePreferred {
        let bench = try bench(subject, via: via, on: system)
        return try cuts.map { cut in
          let found = try verdicts(cut, bench, system)
          return try #require(found, "\(cut)")
        }
      }
    }

    private func verdicts(
      _ cut: Cut, _ bench: borrowing TortureBench, _ system: borrowing KVMSystem
    ) throws -> Set<TortureVerdict>? {
      var all: Set<TortureVerdict>?
      for _ in 0..<3 where all?.isEmpty != true {
        guard let seen = try bench.judge(cut, on: system)?.verdicts else { continue }
        all = all?.intersection(seen) ?? seen
      }
      return all
    }

    private func single(
      _ boundary: CutBoundary, _ place: DeadlinePlace, _ part: TorturePart
    ) -> Cut { Cut(boundary, place, gets: [part], sets: [part]) }

    @Test("a one-shot that was handled fires again after the local APIC was read and written")
    func spentOneShot() throws {
      let cut = single(.exit(3), .natural, .localAPIC)
      let bare = try verdicts(.apicOneShot, [cut, Cut(.exit(3), gets: [], sets: [])])
      #expect(bare == [[.doubled], []])
      let remedied = try verdicts(.apicOneShot, [cut], via: .recipe)
      #expect(remedied == [[]])
    }

    @Test("a tick that expired outside of KVM_RUN is lost")
    func tickOutside() throws {
      let cut = single(.exit(2), .beforeSave, .localAPIC)
      let found = try verdicts(.apicPeriodic, [cut])
      #expect(found == [[.lost]])
      let remedied = try verdicts(.apicPeriodic, [cut], via: .recipe)
      #expect(remedied == [[]])
    }

    @Test("a PIT that is read and written begins its period anew")
    func spentPIT() throws {
      let cut = single(.exit(2), .nearly, .pit)
      let found = try verdicts(.pitOneShot, [cut])
      #expect(found == [[.late]])
      let remedied = try verdicts(
        .pitOneShot, [single(.exit(2), .beforeSave, .pit)], via: .recipe)
      #expect(remedied == [[]])
    }

    @Test("a guest cut between the PIT's control word and its count gets its interrupt")
    func loadingPIT() throws {
      // The mark `armed`, and eight steps that load the count or are before `started`.
      let cuts = (3...9).map { Cut(.step($0), isNewVM: true) }
      let found = try verdicts(.pitOneShot, cuts, via: .recipe)
      #expect(found == Array(repeating: [], count: cuts.count))
    }

    @Test("a PIT's one-shot that has not come is not lost in a new VM")
    func aheadPIT() throws {
      let cut = Cut(.exit(2), .beforeSave, isNewVM: true)
      let found = try verdicts(.pitOneShot, [cut], via: .recipe)
      #expect(found == [[]])
    }

    @Test("a TSC deadline that is written before the local APIC is lost")
    func wrongOrder() throws {
      let right = Cut(.exit(2), .later, isNewVM: true)
      var cut = right
      cut.plant = .wrongOrder
      let found = try verdicts(.apicDeadline, [right, cut])
      #expect(found == [[], [.lost]])
    }

    /// Each plant with each subject that it touches, or with every third unless the run is thorough.
    private static let plantedSubjects = TorturePlant.allCases.enumerated().flatMap {
      index, plant in
      let touched = TortureSubject.allCases.filter(plant.touches)
      let first = isThorough ? 0 : min(index, touched.count - 1)
      return stride(from: first, to: touched.count, by: isThorough ? 1 : 3)
        .map { (plant, touched[$0]) }
    }

    @Test(
      "each plant is found in each subject that it touches",
      .enabled(
        if: !isEmulated,
        "an emulated guest is not stopped by steps while an interrupt waits for STI: none is in IRR"
      ),
      arguments: plantedSubjects)
    func plants(plant: TorturePlant, subject: TortureSubject) throws {
      try HostThread.whilePreferred { try findPlant(plant, subject) }
    }

    private func findPlant(_ plant: TorturePlant, _ subject: TortureSubject) throws {
      let system = try system()
      let bench = try bench(subject, on: system)
      let plan = TorturePlan(
        law: bench.law, natural: try bench.boundaries(.natural),
        earlier: bench.law == .raised ? [] : try bench.boundaries(.earlier),
        period: bench.timing.period, plant: plant)
      // What is likely to show it comes first; where the host is slow the deadline passes at other steps.
      let representatives = plan.representatives
      let isLikely = { (cut: Cut) in
        representatives.contains { $0.0 == cut.boundary && $0.1 == cut.place }
      }
      let cuts = plan.boundaryCuts.filter(isLikely) + plan.boundaryCuts.filter { !isLikely($0) }
      let showing = try cuts.first { cut in
        var planted = cut
        planted.plant = plant
        return try verdicts(planted, bench, system)?.isEmpty == false
          && verdicts(cut, bench, system)?.isEmpty == true
      }
      #expect(showing != nil, "of \(cuts.count) cuts")
    }

    @Test(
      "this program's own checkpoint shows nothing, after exits and behind instructions",
      arguments: [TortureSubject.countCompare, .apicOneShot, .pitOneShot, .kvmclock, .tsc])
    func checkpoint(subject: TortureSubject) throws {
      let search = CheckpointTorture(subject)
      for number in [1, 5, 12] {
        let verdicts = try search.verdicts(at: .exit(number), on: KVMSystem())
        #expect(!verdicts.isEmpty)
        #expect(!verdicts.contains { !$0.isEmpty }, "exit \(number): \(verdicts)")
      }
      guard !subject.isOwn else { return }
      for number in [7, 40, 83] {
        let verdicts = try search.verdicts(at: .step(number), on: KVMSystem())
        #expect(!verdicts.isEmpty)
        #expect(!verdicts.contains { !$0.isEmpty }, "step \(number): \(verdicts)")
      }
    }

    @Test("a machine that does not come to its end is stuck if it does not when brought back again")
    func stuckOnce() throws {
      let ends = Mutex<[Outcome]>([.timedOut, .exited(code: 0)])
      var search = CheckpointTorture(.apicOneShot)
      search.restoring = { (_) throws(TortureError) in
        ends.withLock { $0.isEmpty ? .timedOut : $0.removeFirst() }
      }
      let verdicts = try search.verdicts(at: .exit(1), on: KVMSystem())
      #expect(verdicts == [[], [.stuck]])
    }

    @Test("time that passes while a stepped machine is not stepped is not of its timeout")
    func keptMachine() throws {
      KickSignal.install()
      KickSignal.unblock()
      var configuration = CheckpointTorture(.tsc).configuration(.user)
      configuration.timeoutNanoseconds = 100_000_000
      let image = try BootImage(#require(BuiltInGuest.named("clock")).file)
      let machine = try SteppedMachine(
        Machine(configuration, on: KVMSystem(), image: image, commandLine: Array("0 20".utf8)))
      #expect(try machine.step())
      let end = MonotonicClock.now() + configuration.timeoutNanoseconds
      while MonotonicClock.now() < end { SpinWait.hint() }
      // A kick is repeated each half millisecond.
      for _ in 0..<50 { #expect(try machine.step()) }
      #expect(machine.outcome == nil)
    }

    @Test("a signal that is not the timer's ends no boot, no stepped machine and no probe")
    func straySignals() throws {
      let system = try system()
      let signals = try StraySignals()
      defer { signals.end() }
      for _ in 0..<10 { _ = try bench(.tsc, on: system) }
      let image = try BootImage(#require(BuiltInGuest.named("clock")).file)
      let machine = try SteppedMachine(
        Machine(
          CheckpointTorture(.tsc).configuration(.user), on: system, image: image,
          commandLine: Array("0 20".utf8)))
      while try machine.step() {}
      #expect(machine.outcome == .exited(code: 0))
      for _ in 0..<100 {
        if case .unknown(let reason) = HostProbe.findDebugRegisters(on: system) {
          Issue.record("\(reason)")
        }
      }
    }

    /// A guest's clock is judged by what one cut does, and not by those before it.
    ///
    /// *Order:* each SET of what was just GET takes the time in between from the VM's clock. The snapshot's page was
    /// from before: after some forty runs the guest read that page up to the cut and a new one behind it, and its clock
    /// went back. And a cut within the guest's reading had it take its TSC from before and its page from after.
    @Test("a paravirtual clock that is read and written again and again does not go back")
    func clockSetOften() throws {
      let cuts = [CutBoundary.exit(4), .step(9)].map { single($0, .natural, .clock) }
      let found = try verdicts(.kvmclock, cuts.flatMap { Array(repeating: $0, count: 50) })
      #expect(found == Array(repeating: [], count: 100))
    }

    @Test("a paravirtual clock that is not carried into a new VM goes back")
    func clockLeftOut() throws {
      let parts = TorturePart.allCases.filter { $0 != .clock }
      let cut = Cut(.exit(4), gets: parts, sets: parts, isNewVM: true)
      let found = try verdicts(.kvmclock, [Cut(.exit(4), isNewVM: true), cut])
      #expect(found == [[], [.jumped]])
    }

    @Test("NMIs that come before the guest waits are handled, and it ends")
    func uncutNMI() throws {
      let found = try verdicts(.nmi, [Cut(.exit(1), gets: [], sets: [])])
      #expect(found == [[]])
    }

    /// KVM's worker is not kept waiting by the vCPU.
    ///
    /// *Order:* the vCPU's thread of real-time priority runs the guest. A tick's hrtimer expires on its processor and
    /// wakes KVM's worker there. Where the other processors are busy, too, the worker waited until the guest had
    /// stopped listening, and the tick was lost.
    @Test(
      "a guest on a thread of real-time priority gets the PIT's ticks on a busy host",
      .enabled(if: showsWorkers, "this host does not show the kernel's threads"))
    func busyHost() throws {
      let load = try (0..<4).map { try BusyThread(on: $0) }
      defer { for thread in load { _ = thread.end() } }
      let uncut = Cut(.exit(2), gets: [], sets: [])
      let found = try verdicts(.pitPeriodic, Array(repeating: uncut, count: 6))
      #expect(found == Array(repeating: [], count: 6))
    }

    /// Thread 2 of a host starts the others of the kernel's.
    private static let showsWorkers =
      (try? FileReader(path: "/proc/2/comm", patience: 0).next()) == Array("kthreadd\n".utf8)

    @Test(
      "a signal ends a search by checkpoints with what it found up to there",
      .enabled(if: !isEmulated, "signals are this program's alone"))
    func interruptedCheckpoints() {
      let result = shell(
        "timeout --preserve-status -s INT 1 $SWVMM torture apic-oneshot --via checkpoint")
      #expect(result.status == 130 && result.output.contains("interrupted"), "\(result.output)")
      #expect(!result.errors.contains("contract"), "\(result.errors)")
    }
  }
}
