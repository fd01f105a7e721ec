internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `tsc-generation-u8-wrap`: after 256 generations a vCPU left behind seemed to be in the set.
///
/// *Where:* in KVM for x86 the generation had 8 bits until upstream commit 0d3da0d26e3c (Linux
/// 3.16), which began to compare it and so made it 64 bits wide.
///
/// *What happened:* a vCPU is in the matched set if it holds the current generation. Where the
/// number wraps, one that synchronised 256 generations ago holds it again; its next write matches,
/// and is not counted.
///
/// *The shortest losing schedule:* two vCPUs matched, 256 writes to the first that match nothing,
/// and a matching one to the second. All match, and never will the count say so.
public struct ByteGeneration: TSCMatchingRules {
  /// All that KVM keeps.
  public var state: TSCMatchingState

  /// Creates a tracker that continues from `state`.
  public init(state: TSCMatchingState) {
    self.state = state
  }

  /// The faulty operation: eight bits.
  public var nextGeneration: UInt64 { (state.generation + 1) & 0xff }

  static let exhibit = Exhibit(
    "tsc-generation-u8-wrap", "256 generations later a vCPU left behind seems to be in the set",
    origin: "avoided by Linux 0d3da0d26e3c (3.16)",
    in: .generations, tracker: Self.self, breaks: .masterClock,
    by: Array(repeating: TSCAction(.writeFar), count: 256) + [TSCAction(.writeDue, vcpu: 1)])
}
