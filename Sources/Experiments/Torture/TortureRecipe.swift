/// What a program that saves guests has to do on a kernel that shows such findings.
public enum TortureRecipe {
  /// The remedies, a line each, in the order of a save and a restore.
  ///
  /// - Parameter reports: What was found with the bare requests.
  /// - Returns: Lines without an end; empty where nothing is to be done.
  public static func lines(_ reports: [SubjectReport]) -> [String] {
    func has(_ subject: TortureSubject, _ verdicts: TortureVerdict...) -> Bool {
      reports.contains { report in
        report.subject == subject && report.findings.contains { verdicts.contains($0.verdict) }
      }
    }
    var lines: [String] = []
    if has(.apicPeriodic, .lost) || has(.apicOneShot, .doubled, .lost) || has(.nmi, .lost) {
      lines.append(
        "before the first GET: KVM_RUN with a signal pending that its mask lets through and immediate_exit 0; "
          + "what has expired gets into IRR, and the guest executes nothing")
    }
    if has(.apicOneShot, .doubled) {
      lines.append(
        "in the saved LAPIC: a one-shot with TMCCT 0 and its vector not in IRR gets TMICT 0; it was delivered"
      )
    }
    if has(.pitOneShot, .doubled) {
      lines.append(
        "in the saved PIT2: channel 0 in mode 0, whose count has ended, gets a mode that does not count; "
          + "in the same VM SET_PIT2 is left out")
    }
    if has(.pitOneShot, .late) || has(.pitPeriodic, .lost, .late) {
      lines.append(
        "PIT2 has no phase: its period begins anew at SET_PIT2; in the same VM it is left out, in a new one "
          + "the first tick is late by up to a period")
    }
    return lines
  }
}
