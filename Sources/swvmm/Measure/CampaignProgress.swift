import Experiments
import Measurement

/// The status line of a measurement: which combination, how long all that is left takes, and what the run has
/// found so far.
struct CampaignProgress: Sendable {
  let line: StatusLine
  private let plan: CampaignPlan
  private let names: [String]

  init(_ plan: CampaignPlan, _ line: StatusLine) {
    (self.plan, self.line) = (plan, line)
    names = plan.cells.map(\.name)
  }

  /// Shows that a combination begins.
  func show(done: Int) {
    line.show(text(done, taken: 0, ""))
  }

  /// Shows what a run that is under way has found; nil where it would not be seen, so that no run has its cost.
  var onlooker: CampaignSession.Onlooker? {
    guard line.isShown else { return nil }
    return { cell, latency in
      let done = names.firstIndex(of: cell.name) ?? 0
      guard let least = latency.minimum, let median = latency.value(at: .p50),
        let most = latency.maximum
      else { return }
      line.show(
        text(
          done, taken: Int(latency.count),
          "; min \(tenths(least)), median \(tenths(Int64(median))), max \(tenths(most)) us"))
    }
  }

  /// Nanoseconds as microseconds with a digit behind the point.
  private func tenths(_ nanoseconds: Int64) -> String {
    "\(nanoseconds / 1000).\(nanoseconds.magnitude / 100 % 10)"
  }

  private func text(_ done: Int, taken: Int, _ figures: String) -> String {
    guard done < names.count else { return "" }
    let all = (names.count - done) * plan.count - taken / plan.cpus
    let seconds = max(all, 0) * plan.period / 1_000_000
    return "\(done + 1) of \(names.count), \(seconds) s left\(figures): \(names[done])"
  }
}
