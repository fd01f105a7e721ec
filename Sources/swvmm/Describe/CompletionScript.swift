import ArgumentParser

/// The scripts by which shells complete the command's words.
///
/// The argument parser's own know no subcommand that may be left out, and offer none of its words (`torture
/// SUBJECT`), nor commands behind `help`; and the images that they offer are of the folder where the user is.
enum CompletionScript {
  /// The shell command that lists guests and files, a line each.
  ///
  /// *Why quoted for bash:* its `compgen -W` expands each word as a command's, and a file's name may be `$(command)`.
  static let images =
    "swvmm images | cut -d' ' -f1; "
    + "[ \"$SAP_SHELL\" = bash ] && ls -dp -- * | sed 's,[^[:alnum:]_./-],\\\\&,g' || ls -dp -- *"

  /// The script, if that is what words ask for.
  static func script(asked words: [String]) -> String? {
    let option = "--generate-completion-script"
    let name: Substring
    switch words.count {
    case 1 where words[0].hasPrefix(option + "="): name = words[0].dropFirst(option.count + 1)
    case 2 where words[0] == option: name = words[1][...]
    default: return nil
    }
    switch name {
    case "bash": return bash
    case "zsh": return zsh
    case "fish": return fish
    default: return nil
    }
  }

  /// The names of all commands, with spaces between.
  static var commands: String {
    Swvmm.configuration.subcommands.map(name(of:)).joined(separator: " ")
  }

  /// A line for each command of which a subcommand may be left out.
  ///
  /// - Parameter line: Makes it of the command's name, the subcommand's, and those of all its subcommands, with spaces
  ///   between.
  /// - Returns: The lines, each with its end.
  static func defaults(_ line: (String, String, String) -> String) -> String {
    Swvmm.configuration.subcommands.compactMap { command in
      guard let shown = command.configuration.defaultSubcommand else { return nil }
      let all = command.configuration.subcommands.map(name(of:)).joined(separator: " ")
      return line(name(of: command), name(of: shown), all) + "\n"
    }.joined()
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? ""
  }

  /// The argument parser's script, without its end.
  ///
  /// - Parameters:
  ///   - shell: For which shell.
  ///   - end: What it ends with.
  /// - Returns: Nil where it ends otherwise.
  static func parsers(_ shell: CompletionShell, without end: String) -> Substring? {
    let script = Swvmm.completionScript(for: shell)
    let text = script.hasSuffix("\n") ? script.dropLast() : script[...]
    return text.hasSuffix(end) ? text.dropLast(end.count) : nil
  }
}
