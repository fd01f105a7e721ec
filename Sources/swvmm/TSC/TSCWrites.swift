import BugMuseum
import LinuxHost
import TSCReplay
import TimerModels
import VMM

/// What `--tsc-writes` names: a sequence of TSC operations, of which a run makes the host's writes.
struct TSCWrites {
  private let name: String
  private let sequence: TSCSequence
  /// The writes; vCPUs are created and entered by the run itself.
  let writes: [TSCWrite]

  /// Reads a sequence.
  ///
  /// - Parameters:
  ///   - name: A built-in one's, or a file's.
  ///   - cpus: How many vCPUs there are.
  ///   - time: How long a pipe may take.
  /// - Throws: ``Failure`` for what is not a sequence, and for one that this run cannot follow.
  init(named name: String, cpus: Int, within time: TimeSpan) throws(Failure) {
    self.name = name
    let bytes: [UInt8]
    if let example = TSCExample(rawValue: name) {
      bytes = Array(example.text.utf8)
    } else {
      bytes = try PipeLimit.contents(of: name, limit: Self.sizeMax, within: time)
    }
    do { sequence = try TSCSequence(parsing: bytes) } catch {
      throw Failure(.badImage, "\(name): \(error)")
    }
    guard sequence.steps.count <= Self.stepsMax else {
      throw Failure(.badImage, "\(name): more than \(Self.stepsMax) operations")
    }
    var writes: [TSCWrite] = []
    for (index, step) in sequence.steps.enumerated() {
      switch step.operation {
      case .createVCPU, .enterGuest, .exitGuest: continue
      default: break
      }
      guard let write = TSCWrite(step.operation, after: step.after) else {
        throw Failure(
          .badImage,
          "\(name): operation \(index + 1) is not a write by the host within a second after the one before"
        )
      }
      guard (0..<cpus).contains(write.vcpu) else {
        throw Failure(
          .usage,
          "--tsc-writes \(name): writes the TSC of vCPU \(write.vcpu), and --cpus is \(cpus)")
      }
      writes.append(write)
    }
    self.writes = writes
  }

  private static let sizeMax = 1 << 20
  private static let stepsMax = 1000

  /// What kernels before the repair made of the sequence, as a line.
  var prediction: String {
    let before = Self.verdict(of: sequence, on: MatchedOvercount.self)
    return
      "tsc: \(name) on Linux 3.8 to 3.15: kvmclock \(before.isStable ? "can be stable" : "is unstable"): "
      + "\(before.cause)\n"
  }

  private static func verdict(
    of sequence: TSCSequence, on tracker: (some TSCMatchingRules).Type
  ) -> TSCVerdict {
    SequenceReplay(sequence, on: tracker).verdict
  }
}
