import ArgumentParser
import Experiments
import LinuxHost

/// `swvmm kut`: kvm-unit-tests.
struct Kut: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kut",
    abstract: "Run kvm-unit-tests by that project's own list.",
    discussion: """
      LIST is its x86/unittests.cfg; the images that it names are beside it, as built there. Each test runs \
      in a process of its own, `swvmm run`, on KVM's interrupt controllers, with the test device, and with \
      a module in place of firmware. What a test asks of QEMU is given as far as it is here; where not, or \
      where a condition of the list is not met, it is skipped with the reason. All models of processors are \
      what KVM offers. A time limit is the list's, or 90 s.

      Exit status: 0 if no test failed, 1 if one did; skipped tests do not count. A signal (Ctrl-C) ends it \
      with the results so far, and 128 + n.
      """)

  @Argument(help: "The list.", completion: .file(extensions: ["cfg"]))
  var list: String

  @Argument(help: "Names of tests; none means all.")
  var names: [String] = []

  @Option(name: .shortAndLong, help: "Only the tests of this group.")
  var group: String?

  @Flag(help: "Also those that are marked for running by hand (nodefault).")
  var all = false

  @Option(
    name: .shortAndLong, help: "How many tests to run at a time, 1 to \(UnitTestSuite.jobsMax).")
  var jobs = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A time limit for each test, in place of the list's; a number alone is of seconds.",
      valueName: "time"), transform: TimeSpan.timeout)
  var timeout: TimeSpan?

  @Option(
    help: "text, junit, tap or json.",
    completion: .list(UnitTestFormat.allCases.map(\.rawValue)), transform: format(named:))
  var format = UnitTestFormat.text

  @Flag(help: "The same as --format json.")
  var json = false

  @OptionGroup var progress: ProgressOptions

  func validate() throws {
    guard (1...UnitTestSuite.jobsMax).contains(jobs) else {
      throw ValidationError("--jobs: 1 to \(UnitTestSuite.jobsMax)")
    }
  }

  func run() throws {
    var selection = UnitTestSelection()
    selection.names = Set(names)
    selection.group = group
    selection.wantsAll = all
    selection.timeout = timeout?.seconds
    let list = try readList()
    if let unknown = names.first(where: { name in !list.tests.contains { $0.name == name } }) {
      throw Failure(.usage, "\(self.list) has no test \(unknown)")
    }
    let suite = try exiting { try UnitTestSuite(list, in: folder, selection) }
    ProcessSignals.answerEndings()
    let format = json ? UnitTestFormat.json : format
    var results: [UnitTestResult] = []
    let status = progress.line()
    status.show("0 of \(suite.count) tests")
    try exiting {
      try suite.run(jobs: jobs) { result in
        results.append(result)
        status.clear()
        defer { status.show("\(results.count) of \(suite.count) tests, the last \(result.name)") }
        if format.isIncremental { try publish(result.line) }
      }
    }
    status.clear()
    if !format.isIncremental {
      try publish(
        format == .json
          ? jsonDocument("kut", UnitTestFormat.document(results)) : format.text(results))
    }
    try endIfInterrupted()
    if results.contains(where: { $0.verdict == .fail }) {
      throw ExitCode(ExitStatus.shortfall.rawValue)
    }
  }

  /// Where the list is; images are there, too.
  private var folder: String {
    guard let slash = list.lastIndex(of: "/") else { return "." }
    return String(list[..<slash])
  }

  private func readList() throws(Failure) -> UnitTestList {
    let bytes: [UInt8]?
    do { bytes = try HostFile.contents(of: list, limit: UnitTestList.bytesMax) } catch {
      throw Failure(reading: error)
    }
    guard let bytes else {
      throw Failure(.badImage, "\(list): more than \(UnitTestList.bytesMax >> 20) MiB")
    }
    let tests: UnitTestList
    do { tests = try UnitTestList(bytes) } catch {
      throw Failure(.badImage, "\(list): \(error)")
    }
    guard !tests.tests.isEmpty else { throw Failure(.badImage, "\(list): no test, as [name]") }
    return tests
  }

  private static func format(named name: String) throws -> UnitTestFormat {
    guard let format = UnitTestFormat(rawValue: name) else {
      throw ValidationError("--format: text, junit, tap or json, not \(name)")
    }
    return format
  }
}
