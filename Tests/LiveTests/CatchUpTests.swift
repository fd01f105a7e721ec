import TestSupport
import Testing

extension LiveWaiting {
  @Suite(
    "Guests that were stopped", .requiresKVM,
    .enabled(if: !isEmulated, "where the processor is emulated, a stop is lost among slow exits"),
    .timeLimit(.minutes(2)))
  struct CatchUpTests {
    /// A guest that goes as far beyond its counter as it was behind is silent once more, for as long.
    @Test(
      "after a stop of the process, the schedule continues at once",
      arguments: ["tick -- 1000 1000", "gtick -- 1000 1000", "deadlines -- 0 1 0 1000 1000"])
    func stopped(guest: String) throws {
      let command = shell(
        """
        $SWVMM run --trace trace \(guest) >&2 & child=$!
        sleep 0.5; kill -STOP $child; sleep 0.8; kill -CONT $child
        wait $child; status=$?; cut -d ' ' -f 1 trace; exit $status
        """)
      #expect(command.status == 0, "\(command.errors)")
      let times = command.output.split(separator: "\n").compactMap { Int64($0) }
      try #require(times.count > 1000)
      let silences = zip(times.dropFirst(), times).map(-).filter { $0 > 500_000_000 }
      #expect(silences.count == 1, "\(silences)")
    }
  }
}
