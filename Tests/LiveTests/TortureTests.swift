import Experiments
import KVM
import LinuxHost
import Testing
import VMM

extension Live {
  /// What torture finds on any KVM, and that its plants are found.
  ///
  /// *Why not whole searches:* they take minutes, and the soak makes them.
  @Suite("Torture", .requiresKVM, .timeLimit(.minutes(10)))
  struct TortureTests {
    /// What cuts of a subject do in all of three attempts.
    private func verdicts(
      _ subject: TortureSubject, _ cuts: [Cut], via: TortureVia = .bare
    ) throws -> [Set<TortureVerdict>] {
      KickSignal.install()
      // A thread of the test library's holds all signals back.
      KickSignal.unblock()
      HostThread.preferCurrent()
      let system = try KVMSystem()
      let image = try BootImage(#require(BuiltInGuest.named("conserve")).file)
      let timing = try TortureTiming(measuring: subject, image, on: system)
      let bench = try TortureBench(subject, image, timing, via: via, on: system)
      return try cuts.map { cut in
        var all: Set<TortureVerdict>?
        for _ in 0..<30 where all?.isEmpty != true {
          guard let seen = try bench.judge(cut, on: system)?.verdicts else { continue }
          all = all?.intersection(seen) ?? seen
          if all?.isEmpty == true { break }
        }
        return try #require(all, "\(cut)")
      }
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
      let remedied = try verdicts(.pitOneShot, [cut], via: .recipe)
      #expect(remedied == [[]])
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
      "each plant is found in a subject that it touches",
      arguments: [
        (TorturePlant.loseIRR, TortureSubject.ioapicEdge, Cut(.exit(2))),
        (.double, .ioapicEdge, Cut(.exit(4))),
        (.staleDeadline, .apicOneShot, Cut(.exit(2), .later)),
        (.dropEvents, .nmi, Cut(.exit(2), .beforeSave)),
      ].filter { !isEmulated || $0.1 != .nmi })  // There it has been stuck without a plant, too.
    func plants(plant: TorturePlant, subject: TortureSubject, cut: Cut) throws {
      var planted = cut
      planted.plant = plant
      let found = try verdicts(subject, [cut, planted])
      #expect(found[0].isEmpty)
      #expect(!found[1].isEmpty)
    }

    @Test(
      "this program's own checkpoint shows nothing",
      arguments: [TortureSubject.countCompare, .apicOneShot])
    func checkpoint(subject: TortureSubject) throws {
      let search = CheckpointTorture(subject)
      for exit in [1, 5, 12] {
        let verdicts = try search.verdicts(after: exit, on: KVMSystem())
        #expect(!verdicts.isEmpty && !verdicts.contains { !$0.isEmpty })
      }
    }
  }
}
