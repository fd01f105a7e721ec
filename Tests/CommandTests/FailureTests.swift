import LinuxHost
import Testing

@testable import swvmm

/// The statuses that errors end a command with.
@Suite("failures")
struct FailureTests {
  @Test(
    "a file that is not there, is none, or could not be opened for want of something",
    arguments: [
      (Errno.notFound, Int32(66)), (.accessDenied, 66), (.isDirectory, 65), (.invalidArgument, 65),
      (.tooManyDescriptors, 71), (.tooManyFiles, 71), (.outOfMemory, 71), (.inputOutput, 71),
    ])
  func reading(errno: Errno, status: Int32) {
    let error = SystemError(call: "open", on: "f", errno: errno)
    #expect(Failure(reading: error).status.rawValue == status)
  }
}
