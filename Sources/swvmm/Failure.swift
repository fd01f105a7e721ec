import ArgumentParser
import BugMuseum
import Experiments
import Exploration
import ForeignDevice
import KVM
import LinuxHost
import VMM

/// What ends a command before it has a result.
struct Failure: Error {
  let status: ExitStatus
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }
}

/// Exit statuses that mean the same in every subcommand; sysexits(3) gave the numbers.
enum ExitStatus: Int32 {
  case shortfall = 1
  /// Nothing fell short as far as bounds let it be seen.
  case bounded = 2
  case usage = 64
  case badImage = 65
  case noImage = 66
  case noKVM = 69
  case internalFault = 70
  case system = 71
  /// As timeout(1) says it.
  case timedOut = 124
  /// What reads standard output has gone: as a shell says that SIGPIPE ended a program, and as silent.
  case lostReader = 141
}

/// Does what may fail, and gives each error of a library the status that the command ends with.
///
/// - Parameters:
///   - subject: The image or file that messages name, where an error does not name it itself.
///   - body: What to do.
/// - Returns: What `body` returns.
/// - Throws: ``Failure`` for an error of a library, or a status and no word where what reads the results has
///   gone; any other as it is.
func exiting<Result: ~Copyable>(
  on subject: String = "", _ body: () throws -> Result
) throws -> Result {
  do { return try body() } catch {
    if let error = error as? SystemError, StandardStream.output.hasLostReader(error) {
      throw ExitCode(ExitStatus.lostReader.rawValue)
    }
    guard let failure = Failure(error, on: subject) else { throw error }
    throw failure
  }
}

extension Failure {
  /// The failure that an error of a library is; nil for any other error.
  fileprivate init?(_ error: any Error, on subject: String) {
    switch error {
    case let error as KVMError: self.init(error)
    case let error as MachineError: self.init(error, image: subject)
    case let error as CheckpointError: self.init(error, file: subject)
    case let error as CampaignError: self.init(error)
    case TortureError.machine(let error): self.init(error, image: subject)
    case let error as TortureError: self.init(.badImage, "\(error)")
    case is SystemError, is SearchError: self.init(.system, "\(error)")
    default: return nil
    }
  }

  /// KVM that is not there, or lacks something, is the user's to remedy, and so is a file that does
  /// not suit it; the rest is an error of the operating system.
  private init(_ error: KVMError) {
    switch error {
    case .unavailable, .missing, .notOffered: self.init(.noKVM, "\(error)")
    case .unsuitableState: self.init(.badImage, "\(error)")
    case .failed: self.init(.system, "\(error)")
    }
  }

  /// What a machine could not be built of.
  init(_ error: MachineError, image: String) {
    switch error {
    case .image(.unreadable(let error)): self.init(.system, "\(error)")
    case .image: self.init(.badImage, "\(image): \(error)")
    case .kvm(let error): self.init(error)
    case .system: self.init(.system, "\(error)")
    case .adapter(let error): self.init(error)
    }
  }

  /// What an adapter did is a fault of what was given; one that could not be started is not there, or the system ran out
  /// of what that takes.
  init(_ error: AdapterError) {
    if case .notStarted(let cause) = error.problem {
      self.init(cause.isOfShortage ? .system : .noImage, "\(error)")
    } else {
      self.init(.badImage, "\(error)")
    }
  }

  private init(_ error: CheckpointError, file: String) {
    switch error {
    case .file(.system(let error)) where error.isOfOpening: self.init(reading: error)
    case .file(.system(let error)): self.init(.system, "\(error)")
    case .file, .unsuitableHost: self.init(.badImage, "\(file): \(error)")
    case .machine(let error): self.init(error, image: file)
    }
  }

  private init(_ error: CampaignError) {
    switch error {
    case .machine(let error): self.init(error, image: CampaignSession.guest)
    case .noRecords: self.init(.internalFault, "\(error)")
    case .unjudged: self.init(.shortfall, "\(error)")
    }
  }

  /// A file that cannot be read: a folder or a device is not a file of any format, and for what the system ran out of
  /// no file is to blame.
  init(reading error: SystemError) {
    let status: ExitStatus =
      error.isOfOtherKind ? .badImage : error.isOfShortage ? .system : .noImage
    self.init(status, "\(error)")
  }
}

extension SystemError {
  /// Whether what was to be read is there, and is not a file.
  fileprivate var isOfOtherKind: Bool { errno == .isDirectory || errno == .invalidArgument }

  /// Whether a file was never open, or turned out to be none.
  fileprivate var isOfOpening: Bool { call == "open" || isOfOtherKind }
}
