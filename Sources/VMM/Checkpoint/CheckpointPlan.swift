/// When a run writes a checkpoint, where to, and what then.
public struct CheckpointPlan: Hashable, Sendable {
  /// What makes the machine pause to be saved.
  public enum Trigger: Hashable, Sendable {
    /// The guest sets this mark, each time.
    case mark(UInt32)
    /// So many exits were handled, of all vCPUs together, from 1; entries that a kick of this
    /// program's own ended do not count. The instruction that made the exit is completed first, with the
    /// further exits that it may make.
    case exit(UInt64)
    /// SIGUSR1 arrives, each time.
    case signal
  }

  /// What makes the machine pause to be saved.
  public let trigger: Trigger
  /// Where the checkpoint is; what was there is replaced when the new one is complete.
  public let file: String
  /// Whether the run continues afterwards; otherwise the checkpoint is its end.
  public let keepsRunning: Bool
  /// What writes it, as a line of at most ``CheckpointFile/authorSizeMax`` bytes; empty where that is of no account.
  public let author: String

  /// Plans a checkpoint.
  public init(_ trigger: Trigger, file: String, keepsRunning: Bool, author: String = "") {
    self.trigger = trigger
    self.file = file
    self.keepsRunning = keepsRunning
    self.author = author
  }
}
