import KVM
import LinuxHost
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
      HostThread.preferCurrent()
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
      let bench = try bench(subject, via: via, on: system)
      return try cuts.map { cut in
        let found = try verdicts(cut, bench, system)
        return try #require(found, "\(cut)")
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

    @Test(
      "each plant is found in each subject that it touches",
      .enabled(
        if: !isEmulated,
        "where the processor is emulated, at which step a deadline passes is another each time"),
      arguments: TorturePlant.allCases.flatMap { plant in
        TortureSubject.allCases.filter(plant.touches).map { (plant, $0) }
      })
    func plants(plant: TorturePlant, subject: TortureSubject) throws {
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
      .enabled(
        if: !isEmulated,
        "where the processor is emulated, a guest that is late is not told from one that is stuck"),
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
