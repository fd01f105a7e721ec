import Testing

@testable import Experiments

/// When a host is said to be busy.
@Suite("Host activity")
struct HostActivityTests {
  private func activity(_ line: String) -> HostActivity { HostActivity(line, processors: 2) }

  @Test("a thread that runs at both looks, or a load of all processors, makes a host busy")
  func busy() {
    let quiet = activity("0.10 0.20 0.30 1/200 4711")
    let running = activity("0.10 0.20 0.30 3/200 4711")
    #expect(quiet.warning(since: quiet) == nil && quiet.warning(since: running) == nil)
    #expect(running.warning(since: quiet) == nil)
    #expect(
      running.warning(since: running)
        == "this host is busy: 2 other threads run, load 0.1 on 2 processors; latencies will show it"
    )
    let one = activity("0.10 0.20 0.30 2/200 4711")
    #expect(one.warning(since: running)?.contains(": 1 other thread runs, ") == true)
    let loaded = activity("2.00 0.20 0.30 1/200 4711")
    #expect(loaded.warning(since: loaded)?.contains("busy: load 2.0 on 2") == true)
  }

  @Test("a line that is none says nothing")
  func unreadable() {
    for line in ["", "x", "x y z w v", "nan 0 0 -5/3 1"] {
      #expect(activity(line).warning(since: activity(line)) == nil, "\(line)")
    }
  }
}
