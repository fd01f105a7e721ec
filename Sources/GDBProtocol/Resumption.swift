/// How the vCPUs are to continue: `vCont`, and the older `c` and `s`.
public struct Resumption: Hashable, Sendable {
  /// What one vCPU is to do.
  public enum Action: Hashable, Sendable {
    /// Run.
    case run
    /// Execute one instruction, and stop.
    case step
  }

  private let actions: [Entry]

  private struct Entry: Hashable {
    let action: Action
    let thread: ThreadID
  }

  /// The same for all of some threads.
  public init(_ action: Action, _ thread: ThreadID = .all) {
    actions = [Entry(action: action, thread: thread)]
  }

  /// The actions of a `vCont`, without that word; nil where one is unknown, or there is none.
  init?(_ text: ArraySlice<UInt8>) {
    var actions: [Entry] = []
    for part in text.split(separator: UInt8(ascii: ";")) {
      let words = part.split(separator: UInt8(ascii: ":"), maxSplits: 1)
      guard let kind = words.first?.first else { return nil }
      let thread = words.count == 2 ? ThreadID(words[1]) : .all
      guard let thread else { return nil }
      switch kind {
      // A signal to deliver has no meaning for a processor.
      case UInt8(ascii: "c"), UInt8(ascii: "C"): actions.append(Entry(action: .run, thread: thread))
      case UInt8(ascii: "s"), UInt8(ascii: "S"):
        actions.append(Entry(action: .step, thread: thread))
      default: return nil
      }
    }
    guard !actions.isEmpty else { return nil }
    self.actions = actions
  }

  /// What a vCPU is to do; nil: stay as it is.
  ///
  /// The first action that names it counts.
  public func action(of cpu: Int) -> Action? {
    actions.first { $0.thread.includes(cpu) }?.action
  }
}
