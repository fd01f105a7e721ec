import Glibc

/// What an input cost this process: processor time and memory, the kernel's included.
struct InputCost {
  /// Of all threads, in microseconds.
  var microseconds = 0
  /// The most memory in use, in KiB.
  var kibibytes = 0

  /// What an input of no bytes may cost, and each further MiB of weight 1.
  ///
  /// Far above what any needs: an instrumented program on a busy machine is several times slower, and
  /// what checks an input costs as much again.
  private static let base = InputCost(microseconds: 5_000_000, kibibytes: 64 << 10)
  private static let perMiB = InputCost(microseconds: 50_000, kibibytes: 4 << 10)

  /// The most that any input of this process has cost.
  private nonisolated(unsafe) static var largest = InputCost()

  /// Resets the kernel's high-water mark of resident memory (proc(5), clear_refs).
  private static let highWaterMark = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)

  static func begin() -> InputCost {
    _ = write(highWaterMark, "5", 1)
    return now()
  }

  static func end(since before: InputCost) -> InputCost {
    let after = now()
    let cost = InputCost(
      microseconds: after.microseconds - before.microseconds,
      kibibytes: max(0, after.kibibytes - before.kibibytes))
    largest.microseconds = max(largest.microseconds, cost.microseconds)
    largest.kibibytes = max(largest.kibibytes, cost.kibibytes)
    return cost
  }

  private static func now() -> InputCost {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
    let rest = Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    return InputCost(microseconds: seconds * 1_000_000 + rest, kibibytes: usage.ru_maxrss)
  }

  /// What is too much for an input of that size; nil if nothing is.
  func excess(ofBytes count: Int, weight: Int) -> String? {
    let size = count * weight
    if microseconds > Self.base.microseconds + (size * Self.perMiB.microseconds) >> 20 {
      return "\(count) bytes took \(microseconds / 1000) ms of processor time"
    }
    if kibibytes > Self.base.kibibytes + (size * Self.perMiB.kibibytes) >> 20 {
      return "\(count) bytes took \(kibibytes >> 10) MiB of memory"
    }
    return nil
  }

  /// Prints, when the process ends, a line for scripts/fuzz.
  static func reportAtExit() {
    atexit {
      Fuzz.say(
        "cost: \(InputCost.largest.microseconds / 1000) ms, \(InputCost.largest.kibibytes >> 10) MiB"
      )
    }
  }
}
