import ArgumentParser
import Exploration
import JSON
import LinuxHost

/// `--shard`: a share of a command's work, whose document `swvmm merge` adds to those of the others.
struct ShardOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Do a share of the work, I from 1 to N; --json prints what `swvmm merge` adds up.",
      valueName: "I/N"), transform: Self.shard(_:))
  var shard: Shard?

  private static func shard(_ text: String) throws -> Shard {
    guard let shard = Shard(text) else {
      throw ValidationError("I from 1 to N, such as 1/3")
    }
    return shard
  }

  /// A result's document; of a share, with what `swvmm merge` checks around it.
  ///
  /// - Parameters:
  ///   - result: The document as it is without `--shard`.
  ///   - fellShort: Whether the command ends with status 1 because of it.
  /// - Returns: What `--json` prints.
  func document(_ result: JSONValue, fellShort: Bool) -> JSONValue {
    guard let shard else { return result }
    return ShardDocument.value(
      of: result, shard, fellShort: fellShort, isPartial: ProcessSignals.ending != nil)
  }

  /// The same as text.
  func text(of result: JSONValue, fellShort: Bool) -> String {
    jsonText(document(result, fellShort: fellShort))
  }
}
