import ArgumentParser
import Glibc
import LinuxHost
import TerminalText
import VMM

/// The command: it parses, calls and prints.
///
/// Every command says its name: the argument parser would derive it from the type's, at every start and for
/// all commands, which was two fifths of what it takes to parse options.
@main
struct Swvmm: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swvmm",
    abstract: "A laboratory for virtual timers, on Linux /dev/kvm.",
    discussion: """
      Boots small guests whose timers live in user space, searches every schedule of those timers, \
      measures interrupt delivery, and reports what KVM on this host offers and how it behaves.
      """,
    version: Version.text,
    subcommands: [
      Run.self, Restore.self, Measure.self, Regress.self, Bugs.self, Explore.self,
      ReplaySchedule.self,
      Conform.self, Device.self, TSC.self, Torture.self, Merge.self, Kut.self, Images.self,
      GuestCommand.self, Probe.self,
    ])

  /// Every error becomes one line on standard error and a status of the contract
  /// (``ExitStatus``); help goes to standard output.
  ///
  /// The target CStart has taken the process's signals over by then (``ProcessSignals``).
  static func main() {
    StandardStream.fillGaps()
    Signal.ignoreWriteFailures()
    do {
      let plain = ProgramWords()
      if let request = RunRequest(plain: plain) {
        try request.execute()
      } else if let request = RestoreRequest(plain: plain) {
        try request.execute()
      } else {
        let words = Array(plain)
        try RunRequest.requireFewModules(words)
        if let help = try help(asked: words) { return try publish(help) }
        if let script = CompletionScript.script(asked: words) { return try publish(script) }
        var command = try parseAsRoot(WatchOptions.parting(words))
        try command.run()
      }
    } catch let failure as Failure {
      complain(failure.message)
      Glibc.exit(failure.status.rawValue)
    } catch let code as ExitCode {
      Glibc.exit(code.rawValue)
    } catch {
      end(with: error)
    }
  }

  /// Ends as the argument parser asks: with help, or a usage error.
  private static func end(with error: any Error) -> Never {
    let code = exitCode(for: error)
    if code == .validationFailure {
      let words = Array(ProgramWords())
      let reason = withoutFarGuess(message(for: error))
      let hint = hint(for: reason, words)
      complain("\(reason)\(hint) (\(helpCommand(for: words)))")
    } else {
      let width = StandardStream.output.textColumns
      do {
        try publish(fullMessage(for: error, columns: width) + "\n")
      } catch let code as ExitCode {
        Glibc.exit(code.rawValue)
      } catch {
        if let failure = error as? Failure { complain(failure.message) }
        Glibc.exit(ExitStatus.system.rawValue)
      }
    }
    Glibc.exit(code.rawValue)
  }
}

extension Swvmm {
  /// What the argument parser says, without a name that it guesses though it has nothing of what was written, as
  /// `--bug` for `--smp`.
  private static func withoutFarGuess(_ reason: String) -> String {
    let parts = reason.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[2] == ". Did you mean " else { return reason }
    let (word, name) = (parts[1].drop { $0 == "-" }, String(parts[3].drop { $0 == "-" }))
    let isNear = nearestName(to: String(word), among: [name]) != nil
    return isNear ? reason : "\(parts[0])'\(parts[1])'"
  }

  /// What else to say to what the argument parser says.
  private static func hint(for reason: String, _ words: [String]) -> String {
    if let number = numberHint(for: reason, words) { return number }
    guard words.first == "run" else {
      return reason.contains("nexpected argument") ? guessedCommand(in: words) : ""
    }
    if reason.contains("nexpected argument") { return "; words for the guest follow --" }
    let parted = WatchOptions.parting(words)
    guard reason.contains("Missing expected argument '<image>'"), parted != words,
      let file = parted.firstIndex(of: "--checkpoint")
    else { return "" }
    return "; '\(parted[file + 1])' is where --checkpoint-on writes to"
  }
}

extension Swvmm {
  /// What is wrong with a value of which the argument parser says no more than that it is wrong.
  ///
  /// It was to be a number, since all other values have their own words. One below 0 is an option to the parser.
  private static func numberHint(for reason: String, _ words: [String]) -> String? {
    func isNumber(_ text: some StringProtocol) -> Bool {
      !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
    }
    if reason.hasPrefix("Missing value for ") {
      let negative = words.first { $0.hasPrefix("-") && isNumber($0.dropFirst()) }
      return negative.map { ": \($0) is less than 0" }
    }
    let parts = reason.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count == 5, parts[0] == "The value ", parts[4].isEmpty else { return nil }
    if isNumber(parts[1]) { return ": it is too large" }
    let isNegative = parts[1].hasPrefix("-") && isNumber(parts[1].dropFirst())
    return isNegative ? ": it is less than 0" : ": a whole number such as 1"
  }
}

extension ParsableCommand {
  /// What prints the help of the command that words name: `swvmm help run`.
  fileprivate static func helpCommand(for words: some Sequence<String>) -> String {
    let path = commands(named: words).dropFirst().map { $0.configuration.commandName ?? "" }
    return path.isEmpty ? "swvmm --help" : "swvmm help \(path.joined(separator: " "))"
  }

  /// What the first word that names no command may have been meant to be.
  fileprivate static func guessedCommand(in words: [String]) -> String {
    let path = commands(named: words)
    let commands = path[path.count - 1].configuration.subcommands
    guard let word = words.dropFirst(path.count - 1).first else { return "" }
    // A command's own command may be remembered without it.
    for outer in commands.map({ $0.configuration }) {
      guard let name = outer.commandName,
        outer.subcommands.contains(where: { $0.configuration.commandName == word })
      else { continue }
      return guess(at: "\(name) \(word)", among: ["\(name) \(word)"])
    }
    return guess(at: word, among: commands.compactMap { $0.configuration.commandName })
  }

  /// The commands that words name, from this one on, as far as they name one.
  private static func commands(
    named words: some Sequence<String>
  ) -> [any ParsableCommand.Type] {
    var path: [any ParsableCommand.Type] = [self]
    for word in words {
      let found = path[path.count - 1].configuration.subcommands.first {
        $0.configuration.commandName == word
      }
      guard let found else { break }
      path.append(found)
    }
    return path
  }

  /// The help that words ask for: the parser's own would go by COLUMNS as it stands, hide the options of a default
  /// command, and show this command's for one that is not there.
  ///
  /// - Returns: The help; nil where the words ask for none, or are no command's name alone.
  /// - Throws: ``Failure`` for a command that is not there.
  fileprivate static func help(asked words: [String]) throws(Failure) -> String? {
    let names: ArraySlice<String>
    switch (words.first, words.last) {
    case ("help"?, _): names = words.dropFirst()
    case (_, "--help"?), (_, "-h"?): names = words.dropLast()
    default: return nil
    }
    let path = commands(named: names)
    guard path.count - 1 == names.count else {
      guard words.first == "help", let name = names.dropFirst(path.count - 1).first,
        !name.hasPrefix("-")
      else { return nil }
      let guess = guessedCommand(in: Array(names))
      throw Failure(
        .usage, "\(shown(name)): no such command\(guess) (\(helpCommand(for: names)))")
    }
    let command = path[path.count - 1]
    let width = StandardStream.output.textColumns
    let help = helpMessage(for: command, columns: width) + "\n"
    guard let shown = command.configuration.defaultSubcommand else { return help }
    return help + helpMessage(for: shown, columns: width) + "\n"
  }
}

/// One line on standard error, whatever the message quotes: control characters are spelled out.
///
/// On a terminal it is broken at words into as many as it takes. A reader that is gone cannot be told. A message may
/// quote a file, which may have lines as long as it is.
func complain(_ message: String) {
  let limit = 4096
  let text = message.utf8.count <= limit ? message : message.prefix(limit) + "..."
  let line = "swvmm: \(text.visible)"
  let stream = StandardStream.error
  try? stream.write((stream.isTerminal ? line.brokenAtWords(to: stream.textColumns) : line) + "\n")
}

/// The end of a run whose results are out.
///
/// *Why the machine is kept:* the kernel takes it apart with the process, all at once, in less time than one
/// descriptor after another takes.
func endWell(keeping machine: Machine) -> Never { withExtendedLifetime(machine) { Glibc.exit(0) } }

/// The end of a command that a signal stopped: 128 and its number, as shells say it.
///
/// - Throws: The status, if a signal came; what there is has been published by then.
func endIfInterrupted() throws {
  if let signal = ProcessSignals.ending { throw ExitCode(128 + signal) }
}

/// Results, on standard output: text of this program's, in which what others wrote is
/// ``Swift/String/visible`` already, or JSON.
///
/// - Throws: ``Failure``; or a status and no word where what reads them has gone.
func publish(_ text: String) throws {
  try exiting { try StandardStream.output.write(text.visibleLines) }
}
