internal import LinuxHost
internal import Synchronization

/// The request for what ``KVMSystem/supportedFeatures()`` says, made in a separate thread.
///
/// *Why:* KVM asks the processor for each leaf, which where it is itself a guest takes 0.3 ms. As long takes
/// creating a VM and a vCPU, which need no answer yet.
final class FeatureQuery: Sendable {
  private let thread = Mutex<HostThread?>(nil)
  private let answer = Answer()

  /// What the thread leaves behind; it holds this alone, so that nothing of the query ends in it.
  private final class Answer: @unchecked Sendable {
    // @unchecked: written by the thread, and touched again only after that has been joined.
    var features: Result<ProcessorFeatures, KVMError>?
    /// Where the answer is written: while the thread allocated that, its creator would wait for the heap.
    private var room = ProcessorFeatures.room()

    func takeRoom() -> [UInt32] {
      let taken = room
      room = []
      return taken
    }
  }

  deinit { _ = take() }

  /// Begins to ask; where no thread can be had nothing is asked.
  ///
  /// Assumes: the descriptor stays open until ``take()``.
  func begin(on descriptor: Int32) {
    thread.withLock { [answer] thread in
      guard thread == nil else { return }
      thread = try? HostThread(named: "features", elsewhere: true) {
        answer.features = Result { () throws(KVMError) in
          try ProcessorFeatures(of: descriptor, in: answer.takeRoom())
        }
      }
    }
  }

  /// Waits for the answer.
  ///
  /// - Returns: The answer; nil where nothing was asked since the last time.
  func take() -> Result<ProcessorFeatures, KVMError>? {
    thread.withLock { thread in
      thread.take()?.join()
      defer { answer.features = nil }
      return answer.features
    }
  }
}
