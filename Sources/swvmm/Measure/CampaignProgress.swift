import Experiments
import LinuxHost
import Measurement

/// The status line of a measurement: which run and combination, how long all that is left takes, and what the
/// combination has found so far.
struct CampaignProgress: Sendable {
  let line: StatusLine
  private let plan: CampaignPlan
  private let runs: Int
  private let names: [String]

  /// - Parameters:
  ///   - plan: What is measured.
  ///   - runs: How often everything is measured; beside another program, how often by both.
  ///   - line: Where it is shown.
  init(_ plan: CampaignPlan, runs: Int, _ line: StatusLine) {
    (self.plan, self.runs, self.line) = (plan, runs, line)
    names = plan.cells.map(\.name)
  }

  /// Shows that a combination begins; nothing where all of the run are done.
  func show(run: Int, done: Int) {
    guard done < names.count else { return }
    line.show(text(run, done, taken: 0, ""))
  }

  /// Shows what a run that is under way has found; nil where it would not be seen, so that no run has its cost.
  func onlooker(of run: Int) -> CampaignSession.Onlooker? {
    guard line.isShown else { return nil }
    return { cell, latency in
      guard let done = names.firstIndex(of: cell.name), let least = latency.minimum,
        let median = latency.value(at: .p50), let most = latency.maximum
      else { return }
      line.show(
        text(
          run, done, taken: Int(latency.count),
          "; min \(tenths(least)), median \(tenths(Int64(median))), max \(tenths(most)) us"))
    }
  }

  /// Shows which program of a pair measures.
  ///
  /// - Parameters:
  ///   - pair: From 1.
  ///   - program: Its name.
  ///   - isSecond: Whether the other of the pair has measured already.
  ///   - start: When it was started, in nanoseconds of ``MonotonicClock``.
  func show(pair: Int, _ program: String, isSecond: Bool, since start: UInt64) {
    let whole = names.count * plan.count * plan.period
    let elapsed = min(Int((MonotonicClock.now() - start) / 1000), whole)
    let left = ((runs - pair) * 2 + (isSecond ? 1 : 2)) * whole - elapsed
    line.show("pair \(pair) of \(runs), \(left / 1_000_000) s left: \(program)")
  }

  /// Nanoseconds as microseconds with a digit behind the point.
  private func tenths(_ nanoseconds: Int64) -> String {
    "\(nanoseconds / 1000).\(nanoseconds.magnitude / 100 % 10)"
  }

  private func text(_ run: Int, _ done: Int, taken: Int, _ figures: String) -> String {
    let all = ((runs - run + 1) * names.count - done) * plan.count - taken / plan.cpus
    let seconds = max(all, 0) * plan.period / 1_000_000
    return (runs > 1 ? "run \(run) of \(runs), " : "")
      + "\(done + 1) of \(names.count), \(seconds) s left\(figures): \(names[done])"
  }
}
