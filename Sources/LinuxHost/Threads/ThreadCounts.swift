internal import CLinuxHost
internal import Glibc

/// What the kernel counts of a thread since it began.
public struct ThreadCounts: Hashable, Sendable {
  /// Pages that were mapped without reading a disk.
  public let minorFaults: UInt64
  /// Pages that were read from a disk.
  public let majorFaults: UInt64
  /// How often the thread gave its processor up, to wait for something.
  public let voluntarySwitches: UInt64
  /// How often it was taken from the thread, which would have run on.
  public let involuntarySwitches: UInt64

  /// The calling thread's: one system call, and no allocation.
  public static func current() -> ThreadCounts {
    var counts = chost_thread_counts()
    // SAFETY: the call writes a local.
    unsafe chost_thread_counts(&counts)
    return ThreadCounts(
      minorFaults: counts.minor_faults, majorFaults: counts.major_faults,
      voluntarySwitches: counts.voluntary_switches,
      involuntarySwitches: counts.involuntary_switches)
  }
}

/// A thread's account with the host's scheduler, kept open: `/proc/self/task/ID/schedstat`.
public struct SchedulerAccount: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  /// Opens the account of a thread of this process.
  ///
  /// Returns nil where the kernel keeps none.
  ///
  /// - Parameter thread: The kernel's number of the thread (``HostThread/currentNumber``); nil is the calling one.
  public init?(of thread: Int32?) {
    let folder = thread.map { "self/task/\($0)" } ?? "thread-self"
    guard let file = try? OwnedDescriptor(opening: "/proc/\(folder)/schedstat", flags: O_RDONLY)
    else { return nil }
    descriptor = file
  }

  /// For how long the thread has been ready to run and had no processor, in nanoseconds; 0 once it has ended.
  ///
  /// One system call, and no allocation.
  public borrowing func runQueueWait() -> UInt64 { chost_number_in_file(descriptor.number, 1) }
}

/// The host's account of its processors' time, kept open: `/proc/stat`.
public struct ProcessorAccount: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  /// Opens it; nil where there is none.
  public init?() {
    guard let file = try? OwnedDescriptor(opening: "/proc/stat", flags: O_RDONLY) else {
      return nil
    }
    descriptor = file
  }

  /// Time that a hypervisor below took from this host's processors, in ticks of usually 10 ms.
  ///
  /// The kernel sums up all interrupts for it: some tens of microseconds.
  public borrowing func steal() -> UInt64 { chost_number_in_file(descriptor.number, 7) }
}

extension HostThread {
  /// The kernel's number of the calling thread.
  public static var currentNumber: Int32 { chost_thread_number() }
}
