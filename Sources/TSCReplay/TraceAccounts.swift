internal import TerminalText

/// Follows the TSC events of a trace, each process's by themselves: a process is taken for a VM.
///
/// Where the layout has no processes all events are taken for one VM's, and what contradicts that is
/// found by its ``TraceReplay``.
public struct TraceAccounts {
  /// The most processes that are told apart.
  public static let processesMax = 64

  private struct Account {
    var process: Int?
    var name: String
    var replay = TraceReplay()
  }

  private var accounts: [Account] = []
  /// The account of the last event, which mostly is the next one's, too.
  private var current = 0
  private var time: TraceTime?
  /// The first line whose time lies before the one above, and both times.
  private var disorder: (line: Int, time: TraceTime, before: TraceTime)?

  /// Creates accounts of a trace's start.
  public init() {}

  /// Takes an event in.
  ///
  /// - Returns: What it means, as a sentence without a full stop.
  /// - Throws: ``TraceError`` where there are more processes than ``processesMax``.
  public mutating func explain(_ record: TraceRecord) throws(TraceError) -> String {
    try choose(record)
    let meaning = accounts[current].replay.explain(record)
    return record.task?.process.map { "process \($0): \(meaning)" } ?? meaning
  }

  /// Takes an event in without a word.
  ///
  /// - Throws: ``TraceError`` where there are more processes than ``processesMax``.
  public mutating func note(_ record: TraceRecord) throws(TraceError) {
    try choose(record)
    accounts[current].replay.note(record)
  }

  private mutating func choose(_ record: TraceRecord) throws(TraceError) {
    if let now = record.time {
      if let time, now.isBefore(time), disorder == nil { disorder = (record.line, now, time) }
      time = now
    }
    let process = record.task?.process
    if current < accounts.count && accounts[current].process == process { return }
    if let index = accounts.firstIndex(where: { $0.process == process }) {
      current = index
      return
    }
    guard accounts.count < Self.processesMax else {
      throw TraceError(
        line: record.line,
        problem: "the trace is of more than \(Self.processesMax) processes; --pid N picks some")
    }
    current = accounts.count
    accounts.append(Account(process: process, name: record.task?.name ?? ""))
  }

  /// What the trace says of each guest's clock, once it is over.
  ///
  /// - Parameters:
  ///   - lines: How many lines there were.
  ///   - loss: What the trace says of lost events.
  /// - Returns: The only VM's, or one for all, with each VM's in it.
  public func verdict(lines: Int, loss: TraceLoss? = nil) -> TSCVerdict {
    let doubts = doubts(loss)
    guard accounts.count > 1 else {
      return (accounts.first?.replay ?? TraceReplay()).verdict(lines: lines, doubts: doubts)
    }
    let machines = accounts.map { account in
      var verdict = account.replay.verdict(lines: lines, doubts: doubts)
      let name = account.name.isEmpty ? "" : " (\(account.name.visible))"
      verdict.subject = account.process.map { "process \($0)\(name)" } ?? "events without a process"
      return verdict
    }
    return TSCVerdict(
      lines: lines, events: machines.reduce(0) { $0 + $1.events },
      isStable: machines.allSatisfy(\.isStable),
      cause: "\(machines.count) processes, each by itself", matched: nil, online: nil, outside: [],
      remarks: [], doubts: doubts, machines: machines)
  }

  /// What makes the whole trace doubtful.
  private func doubts(_ loss: TraceLoss?) -> [String] {
    var doubts: [String] = []
    if let loss {
      doubts.append(
        "the trace says that events were lost, "
          + (loss.count == 1
            ? "at line \(loss.line)" : "in \(loss.count) lines, first at line \(loss.line)")
          + ": \(loss.words.visible) (a larger buffer helps, or fewer events)")
    }
    if let disorder {
      doubts.append(
        "the times go back at line \(disorder.line), from \(disorder.before) to \(disorder.time): its lines "
          + "are not in the order of the events, or it was joined of several")
    }
    return doubts
  }
}
