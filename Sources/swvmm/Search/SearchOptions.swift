import ArgumentParser
import BugMuseum
import Exploration
import LinuxHost

/// How far to search, and with how many threads.
struct SearchOptions: ParsableArguments {
  @Option(help: "The most actions in a row; the default depends on the model.")
  var depth: Int?

  @Option(help: "The most states to store; by default as many as 2 GiB hold.")
  var states: Int?

  @Option(
    name: [.customLong("timeout"), .customLong("seconds")], parsing: .unconditional,
    help: ArgumentHelp(
      """
      The most time for a search, in whole seconds, rounded up; a number alone is of seconds. --seconds is \
      the old name. (default: 600s)
      """, valueName: "time"), transform: TimeSpan.timeout)
  var timeout: TimeSpan?

  @Option(
    help:
      "The number of threads, on which the result does not depend; by default one per processor.")
  var threads: Int?

  func validate() throws {
    guard depth ?? 1 >= 0 else { throw ValidationError("--depth: at least 0") }
    guard states ?? 1 >= 1 else { throw ValidationError("--states: at least 1") }
    guard (1...256).contains(threads ?? 1) else { throw ValidationError("--threads: 1 to 256") }
  }

  /// The limit in whole seconds, rounded up.
  var seconds: UInt64 { UInt64((timeout ?? .seconds(600)).seconds.rounded(.up)) }

  /// How many threads search.
  var threadCount: Int { threads ?? min(256, HostKernel.processors) }

  /// The bounds, for a model or a bug of it.
  func bounds(for model: NamedWorld) -> SearchBounds {
    SearchBounds(depth: depth ?? model.depth, states: states, seconds: seconds)
  }
}
