import ArgumentParser
import BugMuseum
import Experiments
import LinuxHost

/// `swvmm kut`: kvm-unit-tests.
struct Kut: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kut",
    abstract: "Run kvm-unit-tests by that project's own list.",
    discussion: """
      LIST is its x86/unittests.cfg; the images that it names are beside it, as built there. Each test runs \
      in its own process, `swvmm run`, on KVM's interrupt controllers, with the test device, and with \
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

  @OptionGroup var output: TestFormatOptions

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
    try requireTests(of: list)
    let suite = try exiting { try UnitTestSuite(list, in: folder, selection) }
    guard suite.count > 0 else {
      throw Failure(.usage, "\(self.list): none of these tests is of group \(group ?? "")")
    }
    ProcessSignals.answerEndings()
    var writer = TestWriter<UnitTestResult>(output.chosen)
    let status = progress.line()
    try publish(writer.head)
    try exiting {
      try suite.run(
        jobs: jobs,
        progress: { names in
          // Cleared first, so that it appears at once: a long test has no other news.
          status.clear()
          status.show(
            "\(writer.results.count) of \(suite.count) tests: \(names.joined(separator: ", "))")
        },
        { result in
          status.clear()
          try publish(writer.add(result))
        })
    }
    status.clear()
    try publish(
      writer.format == .json ? jsonDocument(.kut, writer.document) : writer.closing(.current))
    try endIfInterrupted()
    if writer.results.contains(where: { $0.verdict == .fail }) {
      throw ExitCode(ExitStatus.shortfall.rawValue)
    }
  }

  /// Where the list is; images are there, too.
  private var folder: String {
    guard let slash = list.lastIndex(of: "/") else { return "." }
    return String(list[..<slash])
  }

  /// Refuses names of tests and a group that the list does not have.
  private func requireTests(of list: UnitTestList) throws(Failure) {
    let all = list.tests.map(\.name)
    if let unknown = names.first(where: { !all.contains($0) }) {
      throw Failure(
        .usage, "\(self.list) has no test \(unknown)\(guess(at: unknown, among: all))")
    }
    let groups = Set(list.tests.flatMap(\.groups)).sorted()
    guard let group, !groups.contains(group) else { return }
    let others =
      groups.isEmpty ? "it has no groups" : "there are \(groups.joined(separator: ", "))"
    throw Failure(
      .usage,
      "\(self.list) has no group \(group); \(question(about: group, among: groups) ?? others)")
  }

  private func readList() throws(Failure) -> UnitTestList {
    let inside = ["x86/unittests.cfg", "unittests.cfg"].map { "\(list)/\($0)" }
    if let place = inside.first(where: HostFile.isRegular) {
      throw Failure(.badImage, "\(list) is a directory; the list is \(place)")
    }
    let bytes = try PipeLimit.contents(of: list, limit: UnitTestList.bytesMax)
    let tests: UnitTestList
    do { tests = try UnitTestList(bytes) } catch {
      throw Failure(.badImage, "\(list): \(error)")
    }
    guard !tests.tests.isEmpty else { throw Failure(.badImage, "\(list): no test, as [name]") }
    if let others = tests.otherArchitectures {
      let names = others.joined(separator: ", ")
      throw Failure(
        .badImage, "\(list): tests for \(names); those for x86_64 are in x86/unittests.cfg")
    }
    return tests
  }
}
