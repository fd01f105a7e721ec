import ArgumentParser
import VMM

/// What `--trace` writes: the events of a run, with what a reader needs to know of them.
struct RunTrace {
  /// What `--trace-format` takes.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, perfetto
  }

  /// The version of either format; <doc:TheTrace> describes them.
  static let version = 1

  /// What the run left.
  let result: RunResult
  /// Lines for the head of the text.
  let comments: String

  /// The whole file.
  func document(_ format: Format) -> String {
    switch format {
    case .text: text
    case .perfetto: PerfettoTrace(result).text
    }
  }

  /// What there was no room for; nil where all was kept.
  var loss: String? {
    result.lostEvents == 0 ? nil : "\(result.lostEvents) earlier events were not kept"
  }

  /// One line an event, in the order of time.
  ///
  /// *Why the loss is at both ends:* it is the beginning that is missing, and the end is what a terminal shows.
  private var text: String {
    let lossLine = loss.map { "# \($0)\n" } ?? ""
    var text =
      "# swvmm trace, version \(Self.version): nanoseconds of the machine's clock, vCPU, event\n"
    text += comments + lossLine
    for event in result.trace { text += event.line + "\n" }
    return text + "# end: \(result.trace.count) events\n" + lossLine
  }
}
