/// What is left of a machine whose guest has fallen: why, in more than a line.
public struct PostMortem: Hashable, Sendable {
  /// The vCPUs that were started; the one that fell first, where one did.
  public let vcpus: [VCPUPostMortem]
  /// How many of them, from the first on, are shown in full as text.
  public let fallen: Int

  /// All addresses that symbols may be near.
  public var addresses: Set<GuestAddress> {
    Set(vcpus.flatMap { $0.addresses.values })
  }
}

extension Outcome {
  /// Whether the guest fell: it ended by none of its decisions, or its time was over.
  ///
  /// A guest that resets itself cannot be told from one that met a triple fault.
  var isFall: Bool {
    switch self {
    case .reset, .dead, .unknownInstruction, .timedOut, .hostTimedOut,
      .failed(.unexpectedExit):
      true
    case .exited, .undebugged, .checkpointed, .signalled, .failed: false
    }
  }

  /// The vCPU that fell; nil where it was the machine.
  var fallenCPU: Int? {
    switch self {
    case .reset(let cpu), .unknownInstruction(let cpu, _, _), .failed(.unexpectedExit(let cpu, _)):
      cpu
    default: nil
    }
  }
}
