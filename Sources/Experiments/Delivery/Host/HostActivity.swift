internal import LinuxHost

/// What else this host does at a moment.
public struct HostActivity: Equatable, Sendable {
  /// How many threads ran or wanted to, on average of a minute; nil where the kernel does not say.
  let load: Double?
  /// How many other threads run or want to.
  let others: Int
  /// How many processors there are.
  let processors: Int

  /// Now, but for the calling thread.
  public static var current: HostActivity {
    HostActivity(HostDescription.text(in: "/proc/loadavg"), processors: HostKernel.processors)
  }

  /// Reads a line of `/proc/loadavg`, as in `0.50 0.40 0.30 2/345 1234`, of which the 2 counts its reader.
  init(_ line: String, processors: Int) {
    let words = line.split(separator: " ")
    load = words.first.flatMap { Double($0) }
    let running = words.count > 3 ? words[3].prefix { $0 != "/" } : "1"
    others = max((Int(running) ?? 1) - 1, 0)
    self.processors = processors
  }

  /// What a measurement suffers from; nil for a host that is quiet.
  ///
  /// *When it is busy:* a thread that runs at two moments is one that continues, and one at one of them may be a
  /// shell's that is just about to wait. A load of all processors was work that may not be over.
  ///
  /// - Parameter before: A look some milliseconds before this one.
  /// - Returns: A line for people.
  public func warning(since before: HostActivity) -> String? {
    let running = min(others, before.others)
    let load = load ?? 0
    guard running > 0 || load >= Double(processors) else { return nil }
    let tasks =
      switch running {
      case 0: ""
      case 1: "1 other thread runs, "
      default: "\(running) other threads run, "
      }
    return
      "this host is busy: \(tasks)load \(load) on \(processors) processors; latencies will show it"
  }
}
