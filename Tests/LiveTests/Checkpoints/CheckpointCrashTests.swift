import Glibc
import KVM
import LinuxHost
import TestSupport
import Testing

@testable import VMM

extension Live {
  /// What a killed writer leaves behind.
  @Suite("Checkpoints and crashes", .requiresKVM, .timeLimit(.minutes(10)))
  struct CheckpointCrashTests {
    private static let partial = ".checkpoint.swvmm-partial"

    @Test("killed while it writes checkpoints, a run always leaves one that restores")
    func kills() throws {
      let folder = TemporaryFolder()
      let file = folder.path + "/checkpoint"
      let begin = shell("$SWVMM run tick --snapshot-on exit=40 \(file) -- 4000000 1000")
      try #require(begin.errors.hasPrefix("swvmm: checkpoint written"))
      var random = SplitMix64(seed: 9)
      var replaced = 0
      var interrupted = 0
      var round = 0
      // Microseconds, towards those that a checkpoint takes on this host: half of the kills come before its rename.
      var delay: UInt32 = 8000
      // Where the first rounds meet one side of the rename alone, there are more.
      while round < repetitions(200)
        || !isEmulated && round < 200 && (replaced == 0 || interrupted == 0)
      {
        round += 1
        let before = try inode(of: file)
        try killWriter(
          of: file, afterMicroseconds: .random(in: delay / 2...delay * 3 / 2, using: &random))
        let isReplaced = try inode(of: file) != before
        replaced += isReplaced ? 1 : 0
        delay = isReplaced ? max(delay / 8 * 7, 100) : min(delay / 7 * 8 + 10, 500_000)
        let names = names(in: folder.path)
        interrupted += names.contains(Self.partial) ? 1 : 0
        #expect(names.subtracting(["checkpoint", Self.partial]) == [])
        #expect(try outcomeOfRestore(file) == .timedOut, "round \(round)")
      }
      // Both sides of a rename were met, or this showed nothing.
      #expect(isEmulated || replaced > 0 && interrupted > 0, "\(replaced), \(interrupted)")
      let end = shell("$SWVMM restore \(file) --snapshot-on exit=1 \(file)")
      #expect(end.status == 0 && end.errors.hasPrefix("swvmm: checkpoint written"))
      #expect(names(in: folder.path) == ["checkpoint"])
      #expect(shell("$SWVMM restore \(file) --timeout 0.05").status == 124)
    }

    /// Continues from the file, saving to it again and again, and dies after some time of that.
    private func killWriter(of file: String, afterMicroseconds delay: UInt32) throws {
      let child = try Child([
        "restore", file, "--timeout", "60", "--snapshot-on", "SIGUSR1", file, "--keep-running",
      ])
      // Before the command holds the signal back it would be its end.
      while !child.holdsBack(SIGUSR1) { usleep(500) }
      for left in stride(from: delay, to: 0, by: -200) {
        child.send(SIGUSR1)
        usleep(min(left, 200))
      }
      child.send(SIGKILL)
      #expect(child.wait() == -SIGKILL)
    }

    private func outcomeOfRestore(_ file: String) throws -> Outcome {
      var configuration = MachineConfiguration()
      configuration.console = .error
      configuration.readsInput = false
      configuration.timeoutNanoseconds = 5_000_000
      return try Machine(
        restoring: file, configuration, on: KVMSystem(), countsStoppedTime: false
      ).run().outcome
    }

    private func inode(of path: String) throws -> ino_t {
      var status = stat()
      try #require(stat(path, &status) == 0)
      return status.st_ino
    }

    private func names(in folder: String) -> Set<String> {
      Set(shell("ls -A \(folder)").output.split(separator: "\n").map(String.init))
    }
  }
}

extension Child {
  /// Whether the process blocks a signal.
  fileprivate func holdsBack(_ signal: Int32) -> Bool {
    guard let file = fopen("/proc/\(process)/status", "r") else { return false }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      guard text.hasPrefix("SigBlk:") else { continue }
      let digits = text.dropFirst(7).filter { !$0.isWhitespace }
      return (UInt64(digits, radix: 16) ?? 0) >> UInt64(signal - 1) & 1 == 1
    }
    return false
  }
}
