internal import CLinuxHost
internal import Glibc

/// A code of `errno`, as the failing call left it.
public struct Errno: RawRepresentable, Hashable, Sendable {
  /// The number, as in `errno(3)`.
  public let rawValue: Int32

  /// Wraps a number of `errno(3)`.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The code that the last failing C library call of this thread left.
  static var last: Errno { Errno(rawValue: errno) }

  /// The call was interrupted by a signal.
  public static let interrupted = Errno(rawValue: EINTR)
  /// Nothing to read or no room to write just now.
  public static let wouldBlock = Errno(rawValue: EAGAIN)
  /// No such file.
  public static let notFound = Errno(rawValue: ENOENT)
  /// The file's permissions forbid it.
  public static let accessDenied = Errno(rawValue: EACCES)
  /// The operation is not permitted to this process.
  public static let notPermitted = Errno(rawValue: EPERM)
  /// The file is a directory.
  public static let isDirectory = Errno(rawValue: EISDIR)
  /// Nothing reads the other end of the pipe.
  public static let brokenPipe = Errno(rawValue: EPIPE)
  /// The descriptor is not open, or not open for this.
  public static let badDescriptor = Errno(rawValue: EBADF)
  /// A terminal, or something that acts like one, went away.
  public static let inputOutput = Errno(rawValue: EIO)
  /// A pointer leads outside the address space.
  public static let badAddress = Errno(rawValue: EFAULT)
  /// The argument makes no sense to the kernel, or the feature is absent.
  public static let invalidArgument = Errno(rawValue: EINVAL)
  /// The device does not exist or does not answer.
  public static let noDevice = Errno(rawValue: ENODEV)
  /// The device's driver is not loaded.
  public static let noSuchDevice = Errno(rawValue: ENXIO)
  /// Out of memory, or over a limit on it.
  public static let outOfMemory = Errno(rawValue: ENOMEM)
  /// This process has no descriptors left.
  public static let tooManyDescriptors = Errno(rawValue: EMFILE)
  /// The system has no open files left.
  public static let tooManyFiles = Errno(rawValue: ENFILE)
  /// Something exists already.
  public static let exists = Errno(rawValue: EEXIST)
  /// What was waited for did not come in time.
  public static let timedOut = Errno(rawValue: ETIMEDOUT)
  /// The object is in use.
  public static let busy = Errno(rawValue: EBUSY)
  /// The path is longer than it may be.
  public static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
  /// Another socket has the address.
  public static let addressInUse = Errno(rawValue: EADDRINUSE)

  /// The kernel's symbol (`ENOMEM`), or the number where there is none.
  public var name: String {
    // SAFETY: the C library's constant, or null; it is copied here.
    guard let name = unsafe chost_error_name(rawValue) else { return "errno \(rawValue)" }
    return unsafe String(cString: name)
  }

  /// What `strerror(3)` says of it.
  public var message: String {
    // SAFETY: strerror returns a terminated string, never nil; it is copied before any other call
    // of this thread could overwrite it.
    guard let text = unsafe strerror(rawValue) else { return "unknown error" }
    return unsafe String(cString: text)
  }
}

/// A call of the operating system that failed: which, on what, why, and what to do about it.
public struct SystemError: Error, Hashable, CustomStringConvertible {
  /// The system call or the ioctl request, by its name in the manual: `mmap`, `KVM_CREATE_VM`.
  public let call: String
  /// What it was applied to, where that helps: a path, a size.
  public let subject: String?
  /// Why it failed.
  public let errno: Errno
  /// What the user can do about it, as a phrase in the imperative.
  public let advice: String?

  /// Describes one failed call.
  public init(call: String, on subject: String? = nil, errno: Errno, advice: String? = nil) {
    self.call = call
    self.subject = subject
    self.errno = errno
    self.advice = advice ?? (subject == "" ? "the path is empty" : Self.usualAdvice(for: errno))
  }

  /// One line: `mmap of 32 MiB: Cannot allocate memory (ENOMEM): give the guest less memory`.
  public var description: String {
    let object = subject.map { " of \($0.isEmpty ? "''" : $0)" } ?? ""
    let remedy = advice.map { ": \($0)" } ?? ""
    return "\(call)\(object): \(errno.message) (\(errno.name))\(remedy)"
  }

  /// Whether the system lacked something, or failed: what a call was about may be there, and right.
  public var isOfShortage: Bool {
    switch errno {
    case .tooManyDescriptors, .tooManyFiles, .outOfMemory, .inputOutput: true
    // Of processes: fork(2).
    case .wouldBlock: true
    default: false
    }
  }

  private static func usualAdvice(for errno: Errno) -> String? {
    switch errno {
    case .tooManyDescriptors: "raise the limit on open files (ulimit -n)"
    case .timedOut: "no more bytes came in time; is there a writer? (--timeout)"
    case .addressInUse: "take another, or remove the socket that is left over"
    case .outOfMemory:
      "free memory, or raise the limit on it (ulimit -v, ulimit -d, the cgroup's memory.max)"
    default: nil
    }
  }
}

/// The result of a C library call that signals failure by -1, or the error it left in `errno`.
///
/// Traps on `EBADF` and `EFAULT`, which only a bug of this program can cause: descriptors and
/// pointers given to such calls are owned here.
@discardableResult
func check<Result: BinaryInteger>(
  _ call: String, on subject: @autoclosure () -> String? = nil, _ result: Result
) throws(SystemError) -> Result {
  guard result == -1 else { return result }
  let errno = Errno.last
  precondition(errno.rawValue != EBADF && errno.rawValue != EFAULT, "\(call): \(errno.message)")
  throw SystemError(call: call, on: subject(), errno: errno)
}
