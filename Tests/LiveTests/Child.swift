import CTestSupport
import Glibc
import Testing

/// The command as a child process whose output can be read while it runs.
final class Child {
  let process: pid_t
  private let output: Int32

  /// - Parameters:
  ///   - arguments: The command's.
  ///   - terminal: A terminal to be the child's own, and its standard input.
  /// - Throws: Where the process or its pipe cannot be had.
  init(_ arguments: [String], terminal: String? = nil) throws {
    var ends: [Int32] = [0, 0]
    try #require(test_pipe(&ends) == 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, terminal ?? "/dev/null", O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    // A new session: the terminal opened next becomes its own. Threads of the test program may hold
    // signals back, and the child would inherit that.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    // system(3), which other tests run at the same time, ignores signals while it waits.
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let newSession: Int16 = 0x80  // POSIX_SPAWN_SETSID
    posix_spawnattr_setflags(
      &attributes, newSession | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let words = [swvmm] + arguments
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var child = pid_t()
    let result = posix_spawn(&child, swvmm, &actions, &attributes, &pointers, environ)
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    close(ends[1])
    try #require(result == 0)
    process = child
    output = ends[0]
  }

  deinit { close(output) }

  func read(_ count: Int) -> String {
    var text = ""
    var byte: UInt8 = 0
    while text.utf8.count < count, Glibc.read(output, &byte, 1) == 1 {
      text.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return text
  }

  func readLine() -> String {
    var text = ""
    while !text.hasSuffix("\n"), case let next = read(1), !next.isEmpty { text += next }
    return text
  }

  func send(_ signal: Int32) { kill(process, signal) }

  func wait() -> Int32 {
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
  }
}
