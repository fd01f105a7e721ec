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
      #expect(TortureCase(word) == TortureCase(subject, cut), "\(word)")
      #expect(
        word.utf8.allSatisfy {
          $0 > 0x20 && $0 < 0x7f && !"'\"\\$&;|<>()*?[]#~=%".utf8.contains($0)
        })
    }
  }

  private static let good = "apic-oneshot:exit2:before:rest0:get-l:set-l:same"

  @Test("the shortest form is read")
  func shortest() throws {
    let read = try #require(TortureCase(Self.good))
    #expect(read.cut == Cut(.exit(2), .beforeSave, gets: [.localAPIC], sets: [.localAPIC]))
    #expect(TortureCase(Self.good + ":lose-irr")?.cut.plant == .loseIRR)
  }

  @Test(
    "what is not a replay string is refused",
    arguments: [
      "", ":", "apic-oneshot", good + ":", good + ":nothing", good + ":double:double",
      "other:exit2:before:rest0:get-l:set-l:same",
      "apic-oneshot:exit0:before:rest0:get-l:set-l:same",
      "apic-oneshot:exit-1:before:rest0:get-l:set-l:same",
      "apic-oneshot:exit99999999999999999999:before:rest0:get-l:set-l:same",
      "apic-oneshot:exit100001:before:rest0:get-l:set-l:same",
      "apic-oneshot:exit2:get1:rest0:get-l:set-l:same",
      "apic-oneshot:exit2:get0:rest0:get-ls:set-l:same",
      "apic-oneshot:exit2:set+1:rest0:get-ls:set-ls:same",
      "apic-oneshot:exit2:before:rest1000001:get-l:set-l:same",
      "apic-oneshot:exit2:before:rest-1:get-l:set-l:same",
      "apic-oneshot:exit2:before:rest0:get-l:set-ls:same",
      "apic-oneshot:exit2:before:rest0:get-ll:set-l:same",
      "apic-oneshot:exit2:before:rest0:get-l:set-l:new",
      "apic-oneshot:exit2:before:rest0:get-z:set-:same",
      "apic-oneshot:exit2:before:rest0:l:l:same",
    ])
  func refusals(text: String) {
    #expect(TortureCase(text) == nil)
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
