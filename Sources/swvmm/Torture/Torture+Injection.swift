import Experiments
import JSON
import KVM
import LinuxHost
import VMM

/// `swvmm torture --inject`, and `--side-by-side` of what it wrote.
enum TortureInjection {
  /// Raises an interrupt at each boundary of a guest.
  ///
  /// - Parameters:
  ///   - interrupt: What is raised.
  ///   - guest: The guest's name or file.
  ///   - isJSON: Whether the result is a document.
  ///   - legend: What is printed below a listing.
  ///   - status: Says which boundary it is at.
  /// - Returns: Whether each boundary is like those around it.
  /// - Throws: `Failure` where KVM or the guest cannot be had.
  static func inject(
    _ interrupt: InjectedInterrupt, _ guest: String, isJSON: Bool, legend: String,
    _ status: StatusLine
  ) throws -> Bool {
    let system = try exiting { try KVMSystem() }
    let image = try GuestFile.image(of: guest, forcing: nil, timeout: 60_000_000_000)
    ProcessSignals.answerEndings()
    var injection = Injection(image, interrupt)
    injection.isInterrupted = { count in
      status.show("\(guest): boundary \(count + 1)")
      return ProcessSignals.ending != nil
    }
    defer { status.clear() }
    let result = try exiting(on: guest) { try injection.run(on: system) }
    status.clear()
    let names = names(of: result, in: image, guest)
    if isJSON {
      let record = InjectionRecord(result, guest: guest, host: .current, names: names)
      try publish(jsonDocument(.injection, record.json))
    } else {
      try publish(InjectionListing(result, names).text + legend)
    }
    try endIfInterrupted()
    return result.faults.isEmpty
  }

  /// A listing can do without names, so a file whose symbols are damaged is not a reason to end.
  private static func names(
    of result: InjectionResult, in image: BootImage, _ guest: String
  ) -> [UInt64: String] {
    do { return try result.names(in: SymbolFile(image)) } catch {
      complain("\(guest): its symbols cannot be used: \(error)")
      return [:]
    }
  }

  /// Prints records beside each other.
  ///
  /// - Parameters:
  ///   - files: The records.
  ///   - legend: What is printed below.
  /// - Returns: Whether they are alike.
  /// - Throws: `Failure` where a file is not a record, or they do not belong together.
  static func compare(_ files: [String], legend: String) throws -> Bool {
    let records = try files.map { file in
      do {
        return try InjectionRecord(parsing: try PipeLimit.contents(of: file))
      } catch let error as JSONError {
        throw Failure(.badImage, "\(file): \(error)")
      }
    }
    guard let sides = InjectionSideBySide(records) else {
      throw Failure(.badImage, "these are not of one guest and one interrupt")
    }
    try publish(sides.text + legend)
    return sides.differences == 0
  }
}

/// Documents that a user names.
enum TortureFile {
  /// A list of known faults: a file's, or those that the program carries, under the name `builtin`.
  static func knownFaults(_ name: String, of host: KernelUnderTest) throws(Failure) -> [KnownFault]
  {
    guard name != "builtin" else {
      let known = KnownFaults.builtIn.of(host)
      if known.isEmpty {
        complain("no list of known faults is of \(host): all that is found is new")
      }
      return known
    }
    let bytes = try PipeLimit.contents(of: name)
    do { return try KnownFaults(parsing: bytes).of(host) } catch {
      throw Failure(.badImage, "\(name): \(error)")
    }
  }

  /// Opens the file for a C program.
  ///
  /// - Parameters:
  ///   - path: What the user names.
  ///   - image: The guest that will be in it; nil: the built-in one.
  ///   - inputs: What must not be lost by it.
  /// - Returns: The file.
  /// - Throws: `Failure` where the search would be for nothing: no program can be made of the guest, or written.
  static func reproducer(
    _ path: String, of image: BootImage?, besides inputs: [String]
  ) throws -> OutputFile {
    guard path != "-" else {
      throw Failure(.usage, "--reproducer: standard output has the result; name a file")
    }
    if let image, try bareContents(of: image) == nil {
      throw Failure(.usage, "--reproducer: a program is made of guests with a PVH note alone")
    }
    return try OutputFile(opening: path, for: "--reproducer", besides: inputs)
  }

  private static func bareContents(of image: BootImage) throws -> BareImage? {
    do { return try image.bareContents() } catch {
      throw Failure(.image(error), image: "the guest")
    }
  }

  /// Writes a C program that shows a finding.
  static func write(
    _ torture: TortureCase, _ verdict: TortureVerdict, _ image: BootImage, to file: OutputFile
  ) throws {
    let program: Reproducer?
    do { program = try Reproducer(torture, verdict, on: .current, image: image) } catch {
      throw Failure(.image(error), image: "the guest")
    }
    guard let program else { preconditionFailure("\(torture) was to be refused before") }
    try exiting { try file.write(Array(program.text.utf8)) }
    complain(
      "\(file.path) shows \(torture.subject.rawValue) \(verdict.rawValue): gcc \(file.path) && ./a.out"
    )
  }
}
