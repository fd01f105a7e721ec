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
    if has(.pitOneShot, .doubled, .late) {
      lines.append(
        "before the first GET, if PIT2's channel 0 is in mode 0, 1 or 4: wait for its whole count and 10 ms; "
          + "nothing reports how much is left (count_load_time is not kept for channel 0)")
      lines.append(
        "before the first SET into a new VM: SET_PIT2 of such a one, and the same wait; its interrupt goes when "
          + "IRQCHIP and LAPIC are written")
    }
    if has(.pitOneShot, .late) || has(.pitPeriodic, .lost, .late) {
      lines.append(
        "in the same VM SET_PIT2 is left out; in a new one the first tick of mode 2 is late by up to a period, "
          + "because what is set is both the count and the period")
    }
    if has(.kvmclock, .jumped) {
      lines.append(
        "in the same VM SET_CLOCK and the clock's MSRs are left out: each has KVM compute the guest's clock anew; "
          + "in a new one SET_CLOCK gets what GET_CLOCK gave")
    }
    return lines
  }
}
