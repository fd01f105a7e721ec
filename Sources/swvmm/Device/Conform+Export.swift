import Conformance
import LinuxHost
import TerminalText

// Conformance scenarios as guests of an emulated board.

extension Conform {
  /// Writes an image for each scenario that can be one, and says of each other why it is none.
  ///
  /// The folder has the images, what they were made of, and a list: an image's name, a tab, and the line with
  /// which reports begin.
  func export<Vocabulary: GuestVocabulary>(
    _: Vocabulary.Type, to path: String
  ) throws {
    let toolchain = try InstalledToolchain(Vocabulary.guestToolchain)
    let corpora: [ConformanceCorpus<Vocabulary>] = try files.map { try corpus(of: $0) }
    let status = progress.line()
    let (exported, list) = try exiting {
      // A folder's name that begins with - is not an option of the assembler's.
      var folder = try NewFolder(creating: path.hasPrefix("-") ? "./" + path : path)
      var (names, list): (Set<String>, String) = ([], "")
      for scenario in corpora.flatMap(\.scenarios) {
        status.show(scenario.id.visible)
        defer { status.clear() }
        do {
          let name = try Self.fileName(of: scenario.id, notAmong: names)
          let guest = try scenario.guest()
          names.insert(name)
          let source = try folder.add("\(name).s", Array(guest.utf8))
          let (object, image) = (folder.expect("\(name).o"), folder.expect("\(name).elf"))
          try toolchain.make(image, of: source, by: object)
          list += "\(name).elf\t\(scenario.heading)\n"
        } catch let problem as GuestProblem {
          status.clear()
          try publish("not exported: \(scenario.heading): \(problem)\n")
        }
      }
      try folder.add("images", Array(list.utf8))
      folder.keep()
      return (names.count, corpora.map(\.scenarios.count).reduce(0, +))
    }
    try publish("\(path.visible): \(exported) of \(list) scenarios exported\n")
  }

  private static let nameSizeMax = 100

  /// The name of a scenario's files without their ending.
  ///
  /// - Throws: `GuestProblem` for an id that cannot be one, or that another scenario has.
  private static func fileName(
    of id: String, notAmong names: Set<String>
  ) throws(GuestProblem) -> String {
    let isName = id.utf8.allSatisfy { byte in
      switch UnicodeScalar(byte) {
      case "0"..."9", "A"..."Z", "a"..."z", "_", "-": true
      default: false
      }
    }
    guard isName, !id.isEmpty, !id.hasPrefix("-"), id.utf8.count <= nameSizeMax else {
      throw GuestProblem("its id is not a file's name (letters, digits, '_' and '-')")
    }
    guard !names.contains(id) else {
      throw GuestProblem("another scenario has this id")
    }
    return id
  }
}

/// The programs of a toolchain, as they are installed here.
private struct InstalledToolchain {
  private let toolchain: GuestToolchain
  private let assembler: String
  private let linker: String

  /// Looks for the programs.
  ///
  /// - Throws: `Failure` where there are none.
  init(_ toolchain: GuestToolchain) throws {
    let found = HostFile.programFolders.lazy
      .flatMap { folder in toolchain.prefixes.map { "\(folder)/\($0)" } }
      .first { program in ["as", "ld"].allSatisfy { HostFile.isProgram(program + $0) } }
    guard let found else {
      let names = toolchain.prefixes.map { $0 + "as" }.joined(separator: " or ")
      throw Failure(
        .system,
        "--export-elf: there is no cross-assembler \(names) with its linker; Debian has it in "
          + toolchain.prefixes.map { "binutils-\($0.dropLast())" }.joined(separator: " or "))
    }
    self.toolchain = toolchain
    assembler = found + "as"
    linker = found + "ld"
  }

  /// Assembles and links one file.
  func make(_ image: String, of source: String, by object: String) throws {
    try run(assembler, toolchain.assemblerOptions + ["-o", object, source])
    try run(linker, toolchain.linkerOptions + ["-o", image, object])
  }

  private func run(_ program: String, _ words: [String]) throws {
    var child = try ChildProcess(running: program, [program] + words, given: [])
    // Both say little, and a pipe holds more than the start of it that is looked at.
    let complaint = try child.errors.read(upTo: 1 << 12)
    let end = child.wait()
    guard end == .exited(0) else {
      let line = String(decoding: complaint.prefix { $0 != 10 }, as: UTF8.self)
      throw Failure(.system, "\(program): \(line.visible)")
    }
  }
}
