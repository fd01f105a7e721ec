import TestSupport
import Testing

@testable import Experiments

/// Cuts and their replay strings.
@Suite("Cuts of a toy guest")
struct TortureCaseTests {
  @Test("a cut's words are read back as they were")
  func roundTrip() throws {
    var random = SplitMix64(seed: 1)
    for _ in 0..<2000 {
      let gets = TorturePart.allCases.shuffled(using: &random)
      let sets = Array(gets.shuffled(using: &random).prefix(Int.random(in: 2...15, using: &random)))
      let number = Int.random(in: 1...CutBoundary.numberMax, using: &random)
      let places: [DeadlinePlace] = [
        .natural, .earlier, .nearly, .beforeSave, .afterGet(3), .outside, .afterSet(1), .later,
      ]
      let boundaries: [CutBoundary] = [.exit(number), .step(number), .halt(number)]
      let cut = Cut(
        boundaries.randomElement(using: &random) ?? .exit(1),
        places.randomElement(using: &random) ?? .natural, gets: gets,
        rest: Int.random(in: 0...Cut.restMax, using: &random), sets: sets,
        plant: Bool.random(using: &random)
          ? TorturePlant.allCases.randomElement(using: &random) : nil)
      let subject = TortureSubject.allCases.randomElement(using: &random) ?? .tsc
      let word = TortureCase(subject, cut).description
      #expect(try TortureCase(word) == TortureCase(subject, cut), "\(word)")
      #expect(
        word.utf8.allSatisfy {
          $0 > 0x20 && $0 < 0x7f && !"'\"\\$&;|<>()*?[]#~=%".utf8.contains($0)
        })
    }
  }

  private static let good = "apic-oneshot:exit2:before:rest0:get-l:set-l:same"

  @Test("the shortest form is read")
  func shortest() throws {
    let read = try TortureCase(Self.good)
    #expect(read.cut == Cut(.exit(2), .beforeSave, gets: [.localAPIC], sets: [.localAPIC]))
    #expect(try TortureCase(Self.good + ":lose-irr").cut.plant == .loseIRR)
  }

  @Test(
    "what is not a replay string is refused, with the part that is wrong",
    arguments: [
      ("", "it has 1 part "), (":", "it has 2 parts "), ("apic-oneshot", "it has 1 part "),
      (good + ":", "'' is not a plant, which is one of lose-irr, "),
      (good + ":nothing", "'nothing' is not a plant"), (good + ":double:double", "it has 9 parts "),
      (
        "other:exit2:before:rest0:get-l:set-l:same",
        "'other' is not a subject, which is one of apic-oneshot, "
      ),
      ("apic-oneshot:exit0:before:rest0:get-l:set-l:same", "'exit0' is not a boundary"),
      ("apic-oneshot:exit-1:before:rest0:get-l:set-l:same", "'exit-1' is not a boundary"),
      (
        "apic-oneshot:exit99999999999999999999:before:rest0:get-l:set-l:same",
        "'exit99999999999999999999' is not"
      ),
      (
        "apic-oneshot:exit100001:before:rest0:get-l:set-l:same",
        "exitN, stepN or haltN with N from 1 to 100000"
      ),
      (
        "apic-oneshot:exit2:get1:rest0:get-l:set-l:same",
        "'get1' is not between two requests: N is less than"
      ),
      ("apic-oneshot:exit2:get0:rest0:get-ls:set-l:same", "'get0' is not a deadline's place"),
      ("apic-oneshot:exit2:set+1:rest0:get-ls:set-ls:same", "getN or setN with N from 1 to 14"),
      ("apic-oneshot:exit2:before:rest1000001:get-l:set-l:same", "N from 0 to 1000000"),
      ("apic-oneshot:exit2:before:rest-1:get-l:set-l:same", "'rest-1' is not a rest"),
      ("apic-oneshot:exit2:before:rest:get-l:set-l:same", "'rest' is not a rest"),
      ("apic-oneshot:exit2:before:rest0:get-l:set-ls:same", "set- has 's' (SREGS), which get- "),
      ("apic-oneshot:exit2:before:rest0:get-ll:set-l:same", "'l' is twice in 'get-ll'"),
      ("apic-oneshot:exit2:before:rest0:get-l:set-l:new", "a new VM needs the registers: 's' and "),
      ("apic-oneshot:exit2:before:rest0:get-l:set-l:old", "'old' is not a VM, which is same"),
      ("apic-oneshot:exit2:before:rest0:get-z:set-:same", "'z' in 'get-z' is not the letter"),
      ("apic-oneshot:exit2:before:rest0:l:l:same", "'l' does not begin with get-"),
    ])
  func refusals(text: String, mistake: String) {
    let error = #expect(throws: CutMistake.self) { try TortureCase(text) }
    #expect(error?.description.contains(mistake) == true, "\(error?.description ?? "")")
  }

  @Test("fewer requests are shorter, then the same VM, then an earlier boundary")
  func lengths() {
    let short = Cut(.exit(4), gets: [.localAPIC], sets: [.localAPIC])
    let cuts = [
      short, Cut(.exit(5), gets: [.localAPIC], sets: [.localAPIC]),
      Cut(.halt(1), gets: [.localAPIC], sets: [.localAPIC]),
      Cut(.step(1), gets: [.localAPIC], sets: [.localAPIC]), Cut(.exit(1)),
      Cut(.exit(1), rest: 5), Cut(.exit(1), isNewVM: true),
    ]
    for (index, cut) in cuts.enumerated() {
      #expect(!cut.isShorter(than: cut))
      for other in cuts[(index + 1)...] {
        #expect(cut.isShorter(than: other))
        #expect(!other.isShorter(than: cut))
      }
    }
  }

  @Test("the usual orders have all parts")
  func orders() {
    #expect(Set(TorturePart.readingOrder) == Set(TorturePart.allCases))
    #expect(Set(TorturePart.allCases.map(\.rawValue)).count == TorturePart.allCases.count)
    #expect(Cut(.exit(1)).leftOut.isEmpty)
  }
}
