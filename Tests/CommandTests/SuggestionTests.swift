import ArgumentParser
import Testing

@testable import Experiments
@testable import swvmm

/// Commands that results suggest, which people paste.
@Suite("suggested commands")
struct SuggestionTests {
  @Test("what replays a finding of torture is about the same guest, carried in the same way")
  func torture() throws {
    var report = SubjectReport(.apicOneShot)
    let cut = TortureCase(.apicOneShot, Cut(.exit(3)))
    report.findings = [
      TortureFinding(verdict: .doubled, count: 1, shortest: cut, confirmations: nil, phase: nil)
    ]
    let options = try Torture.GuestOptions.parse(["--guest", "a b", "--via", "recipe"])
    let text = report.text(replayedWith: options.words)
    #expect(text.hasSuffix("swvmm torture replay \(cut) --guest 'a b' --via recipe\n"), "\(text)")
    #expect(try Torture.GuestOptions.parse([]).words == "")
  }
}
