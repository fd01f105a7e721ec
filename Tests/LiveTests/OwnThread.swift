import Dispatch
import Testing

/// Runs a suite, and all that is in it, on a thread that no other suite has.
///
/// *Why:* tests share as many threads as there are processors, and take them in the order in which they became ready.
/// A serialized suite becomes ready anew after each of its tests, behind the tests of all other suites: it would go
/// on only when they are done, and leave a processor idle while it waits for a guest.
struct OwnThread: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    // Subtasks, in which the suite's tests run, have the preference, too.
    try await withTaskExecutorPreference(Threads()) { try await function() }
  }

  /// Takes a thread for each job, beyond as many as there are processors.
  private final class Threads: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
      let job = UnownedJob(job)
      // Of a queue by itself: the end of a test's time limit does not wait for the test.
      DispatchQueue(label: "own").async {
        job.runSynchronously(on: self.asUnownedTaskExecutor())
      }
    }
  }
}

extension Trait where Self == OwnThread {
  /// For a serialized suite that waits for much of its time.
  static var onOwnThread: Self { OwnThread() }
}
