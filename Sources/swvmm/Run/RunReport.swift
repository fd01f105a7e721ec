import JSON
import LinuxHost
import VMM

/// A run's result in words, numbers and an exit status.
struct RunReport {
  private let result: RunResult
  private let postMortem: PostMortemReport?
  private let hasAdapter: Bool

  /// A report of a run.
  ///
  /// - Parameters:
  ///   - result: What the run left.
  ///   - symbols: The file with the guest's symbols, which is read if the guest fell.
  ///   - hasAdapter: Whether devices of the machine were an adapter's.
  init(_ result: RunResult, _ symbols: SymbolFile?, hasAdapter: Bool) {
    self.result = result
    self.hasAdapter = hasAdapter
    postMortem = result.postMortem.map { PostMortemReport($0, symbols) }
  }

  /// What is left of a guest that fell, in lines.
  var postMortemText: String? { postMortem?.text }

  /// The status of `swvmm run`.
  var status: Int32 {
    if result.outcome.hasLostReader { return ExitStatus.lostReader.rawValue }
    // A script that asks for the status alone must not take a failed save for a saved one.
    return result.outcome == .exited(code: 0) && result.failedCheckpoints > 0
      ? ExitStatus.system.rawValue : result.outcome.status
  }

  /// The outcome as a line, or nil where the guest's own code says it all.
  var message: String? {
    switch result.outcome {
    case .exited(code: 0) where result.failedCheckpoints > 0:
      "the guest exited with 0, but \(result.failedCheckpoints) of its checkpoints could not be written"
    case .exited(let code): code <= 63 ? nil : "the guest's exit code is \(code) (status 63)"
    case _ where result.outcome.hasLostReader: nil
    case .checkpointed(let file):
      "checkpoint written; continue with: swvmm restore \(file)"
        + (hasAdapter ? " and the same --device" : "")
    default: result.outcome.description
    }
  }

  /// What else a user should know.
  var note: String? {
    guard let first = result.unclaimed.first else { return nil }
    let place =
      switch first {
      case .port(let port): "port 0x\(String(port, radix: 16))"
      case .memory(let address): "address 0x\(String(address, radix: 16))"
      }
    let count = result.unclaimed.count
    return "\(count) access\(count == 1 ? "" : "es") without a device, the first to \(place); "
      + "loads returned all ones"
  }

  // MARK: Statistics

  /// Exits by kind, the most time first; durations in microseconds, but for virtual time, in which none are taken.
  var statisticsTable: String {
    let isTimed = result.statistics.rows.contains { $0.hostNanoseconds + $0.guestNanoseconds > 0 }
    var lines = [
      isTimed
        ? row("exits", "mean us", "max us", "in guest us", "reason and place")
        : row("exits", "reason and place")
    ]
    for kind in sortedRows {
      guard isTimed else {
        lines.append(row("\(kind.count)", kind.name))
        continue
      }
      lines.append(
        row(
          "\(kind.count)", microseconds(kind.hostNanoseconds / UInt64(kind.count)),
          microseconds(kind.hostNanosecondsMax),
          microseconds(kind.guestNanoseconds / UInt64(kind.count)), kind.name))
    }
    lines.append("marks: \(result.statistics.marks)")
    if let waitingLine { lines.insert(waitingLine, at: lines.count - 1) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What waiting for timers cost, where there was any.
  private var waitingLine: String? {
    let cost = result.waiting
    guard cost != WaitingCost() || result.deferredAlarms > 0 else { return nil }
    return "waiting for timers: \(spinShare) % of one core spun, \(cost.sleeps) sleeps, "
      + "\(cost.lateWakeUps) woken after the deadline; \(result.deferredAlarms) alarms deferred"
      + (result.advance.nanoseconds > 0
        ? "; entered up to \(result.advance.nanoseconds) ns before the deadline" : "")
  }

  /// Percent of one core, with a digit after the point, rounded up.
  private var spinShare: String {
    // Below 2^54 each: more is half a year of spinning.
    let duration = max(result.duration, 1)
    let share = (min(result.waiting.spinning, 1 << 53) * 1000 + duration - 1) / duration
    return "\(share / 10).\(share % 10)"
  }

  private var sortedRows: [ExitStatistics.Row] {
    result.statistics.rows.sorted {
      ($0.hostNanoseconds, $0.count) > ($1.hostNanoseconds, $1.count)
    }
  }

  private func row(_ columns: String...) -> String {
    columns.dropLast().map { String(repeating: " ", count: max(0, 13 - $0.count)) + $0 }.joined()
      + "  " + (columns.last ?? "")
  }

  private func microseconds(_ nanoseconds: UInt64) -> String {
    "\(nanoseconds / 1000).\(nanoseconds / 100 % 10)"
  }

  // MARK: JSON

  /// The whole result as one document.
  var json: JSONValue {
    let exits = sortedRows.map { row in
      JSONValue.object([
        .init("kind", .string(row.name)), .init("count", .integer(Int64(row.count))),
        .init("guestNanoseconds", .integer(Int64(clamping: row.guestNanoseconds))),
        .init("hostNanoseconds", .integer(Int64(clamping: row.hostNanoseconds))),
        .init("hostNanosecondsMax", .integer(Int64(clamping: row.hostNanosecondsMax))),
      ])
    }
    return .object([
      .init("outcome", .string(outcomeName)), .init("status", .integer(Int64(status))),
      .init("message", message.map { .string($0) } ?? .null),
      .init("guestExitCode", guestExitCode), .init("exits", .array(exits)),
      .init("marks", .integer(Int64(result.statistics.marks))),
      .init("spinningNanoseconds", .integer(Int64(clamping: result.waiting.spinning))),
      .init("durationNanoseconds", .integer(Int64(clamping: result.duration))),
      .init("sleeps", .integer(Int64(clamping: result.waiting.sleeps))),
      .init("lateWakeUps", .integer(Int64(clamping: result.waiting.lateWakeUps))),
      .init("deferredAlarms", .integer(Int64(clamping: result.deferredAlarms))),
      .init("advanceNanoseconds", .integer(Int64(clamping: result.advance.nanoseconds))),
      .init("unclaimedAccesses", .integer(Int64(result.unclaimed.count))),
      .init("checkpoints", .integer(Int64(result.checkpoints))),
      .init("failedCheckpoints", .integer(Int64(result.failedCheckpoints))),
      .init("tsc", result.tsc?.json ?? .null), .init("postMortem", postMortem?.json ?? .null),
    ])
  }

  private var guestExitCode: JSONValue {
    guard case .exited(let code) = result.outcome else { return .null }
    return .integer(Int64(code))
  }

  private var outcomeName: String {
    switch result.outcome {
    case .exited: "exited"
    case .reset: "reset"
    case .dead: "dead"
    case .unknownInstruction: "unknown instruction"
    case .timedOut, .undebugged: "timed out"
    case .hostTimedOut: "host timed out"
    case .checkpointed: "checkpointed"
    case .signalled: "signalled"
    case .failed: "failed"
    }
  }
}

extension ExitStatistics.Row {
  /// The kind as a person reads it.
  fileprivate var name: String { kind?.description ?? "other kinds" }
}
