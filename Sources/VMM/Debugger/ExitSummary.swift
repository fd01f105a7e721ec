/// What a vCPU's loop recorded of its exits.
struct ExitSummary: Sendable {
  let statistics: ExitStatistics
  /// The latest, the oldest first.
  let latest: [TraceEvent]
}
