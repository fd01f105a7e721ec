internal import Synchronization

/// What has become of a run's ``CheckpointPlan``.
struct CheckpointProgress: ~Copyable, Sendable {
  /// Whether the pause is for a checkpoint (``Machine/requestCheckpoint()``).
  let isWanted = Atomic<Bool>(false)
  /// Exits handled so far, if the plan counts them.
  let exits = Atomic<UInt64>(0)
  let written = Atomic<Int>(0)
  let failed = Atomic<Int>(0)
}
