internal import KVM
internal import LinuxHost
internal import VMM

/// What is to be done about an entry: a run of this program's own command, or nothing and why.
struct UnitTestPlan: Sendable {
  let test: UnitTest
  /// The words behind the program's name.
  private(set) var words: [String] = []
  /// The text of the module that stands in for firmware.
  private(set) var environment = ""
  /// In seconds.
  let timeout: Double
  private(set) var skipReason: String?

  /// Plans an entry.
  ///
  /// - Parameters:
  ///   - test: The entry.
  ///   - folder: The list's folder.
  ///   - selection: What the user wants.
  ///   - host: What can be had.
  init(_ test: UnitTest, in folder: String, _ selection: UnitTestSelection, on host: UnitTestHost) {
    self.test = test
    timeout = selection.timeout ?? test.timeout
    do throws(UnitTestRefusal) {
      try selection.require(test)
      for condition in test.conditions { try Self.require(condition) }
      var machine = try UnitTestMachine(ShellWords(test.parameters).words)
      let arguments = try machine.arguments + ShellWords(test.arguments).words
      let path = "\(folder)/\(test.file)"
      guard !test.file.isEmpty, HostFile.isRegular(path) else {
        throw UnitTestRefusal("test file '\(path)' not found")
      }
      let processors = machine.processors ?? test.processors ?? host.processors
      machine = try host.offered(machine, processors: processors)
      environment = Self.environment(machine, processors: processors)
      words = Self.words(path, machine, processors: processors, timeout, arguments)
    } catch {
      skipReason = error.reason
    }
  }

  private static func require(_ condition: UnitTest.Condition) throws(UnitTestRefusal) {
    // The kernel's own files are a page.
    let limit = 1 << 16
    let contents = try? RegularFile(reading: condition.path).contents(limit: limit)
    var text = String(decoding: contents ?? [], as: UTF8.self)
    while text.hasSuffix("\n") { text.removeLast() }
    guard contents != nil, text == condition.value else {
      throw UnitTestRefusal("\(condition.path) not equal to \(condition.value)")
    }
  }

  /// What the guest would ask firmware for.
  ///
  /// MEMLIMIT is 0, no limit, for the one answer that it would look for with a memory map.
  private static func environment(_ machine: UnitTestMachine, processors: Int) -> String {
    """
    NR_CPUS=\(processors)
    MEMSIZE=\(machine.memory)
    MEMLIMIT=0
    TEST_DEVICE=1
    QEMU_ACCEL=kvm
    KERNEL_VERSION_STRING=\(HostKernel.release)

    """
  }

  private static func words(
    _ path: String, _ machine: UnitTestMachine, processors: Int, _ timeout: Double,
    _ arguments: [String]
  ) -> [String] {
    [
      "run", path, "--boot", "\(BootProtocol.multiboot)", "--test-device", "--irqchip",
      machine.isSplit ? "split" : "kernel", "--cpus", "\(processors)", "--memory",
      "\(machine.memory)M", "--timeout", "\(timeout)", "--module", ChildProcess.givenFile,
    ]
      + machine.features.map { "--cpu-feature=\($0.isShown ? "+" : "-")\($0.feature.name)" }
      // One word: parsing the command's own takes the square of their number.
      + (arguments.isEmpty ? [] : ["--", arguments.joined(separator: " ")])
  }
}
