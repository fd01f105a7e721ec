internal import TerminalText

/// What in a trace contradicts that it is whole, and one VM's.
struct TraceDoubts {
  /// How many of each kind are kept; the others are counted.
  private static let limit = 4

  private var contradictions: [String] = []
  private var count = 0
  /// The first threads that caused events, and whether the layout leaves out their processes.
  private var tasks: [TraceTask] = []
  private var lacksProcesses = false

  /// Notes who caused an event.
  mutating func note(_ task: TraceTask?) {
    guard let task else { return }
    if task.process == nil { lacksProcesses = true }
    guard tasks.count < Self.limit, !tasks.contains(where: { $0.thread == task.thread }) else {
      return
    }
    tasks.append(task)
  }

  /// Notes what cannot be, as a sentence without a full stop.
  mutating func add(_ contradiction: @autoclosure () -> String) {
    count += 1
    if contradictions.count < Self.limit { contradictions.append(contradiction()) }
  }

  /// All of it, and how to continue.
  var sentences: [String] {
    guard let first = contradictions.first else { return [] }
    var sentences = [
      "events are missing, or there is more than one VM: \(first)"
    ]
    sentences += contradictions.dropFirst()
    if count > contradictions.count {
      sentences.append("\(count - contradictions.count) more events do not fit")
    }
    if lacksProcesses && tasks.count > 1 {
      let names = tasks.map { task in
        task.name.isEmpty ? "\(task.thread)" : "\(task.thread) (\(task.name.visible))"
      }
      sentences.append(
        "the layout has threads and no processes: \(names.joined(separator: ", "))"
          + (tasks.count == Self.limit ? " and more" : "")
          + "; --pid N picks threads, and perf script -F +pid or ftrace's record-tgid adds the "
          + "processes, which are told apart then")
    }
    return sentences
  }
}
