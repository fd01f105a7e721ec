import ArgumentParser

/// The script by which bash completes the command's words.
///
/// The argument parser's own knows no subcommand that may be left out, and offers none of its words (`torture
/// SUBJECT`); and the images that it offers are of the folder where the user is.
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
    guard words == [option, "bash"] || words == [option + "=bash"] else { return nil }
    let own = Swvmm.completionScript(for: .bash)
    let end = "complete -o filenames -F _swvmm swvmm"
    guard own.hasSuffix(end) || own.hasSuffix(end + "\n") else { return own }
    return own.dropLast(own.hasSuffix("\n") ? end.count + 1 : end.count) + completion + "\n"
  }

  /// `images) default=list others=' list export ' ;;` and so on.
  private static var defaults: String {
    Swvmm.configuration.subcommands.compactMap { command in
      guard let shown = command.configuration.defaultSubcommand else { return nil }
      let others = command.configuration.subcommands.map(name(of:)).joined(separator: " ")
      return "    \(name(of: command))) default=\(name(of: shown)) others=' \(others) ' ;;\n"
    }.joined()
  }

  private static func name(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? ""
  }

  private static var completion: String {
    let commands = Swvmm.configuration.subcommands.map(name(of:)).joined(separator: " ")
    return """
      _swvmm_whole() {
          local -r word="${COMP_WORDS[COMP_CWORD]}"
          local default='' others='' cur="${word}"
          _swvmm "$@"
          case "${COMP_WORDS[1]}" in
          help) COMPREPLY=($(compgen -W '\(commands)' -- "${word}")) ;;
          run) [[ "${word}" == */* && "${word}" != -* ]] && __swvmm_add_completions -f ;;
      \(defaults)    esac
          [[ -n "${default}" && "${COMP_CWORD}" -gt 1 ]] || return
          [[ "${COMP_CWORD}" -gt 2 && "${others}" == *" ${COMP_WORDS[2]} "* ]] && return
          # What stands for a subcommand is offered only where there is one.
          local found=()
          [[ "${COMP_CWORD}" -eq 2 ]] && found=("${COMPREPLY[@]}")
          COMP_WORDS=("${COMP_WORDS[@]:0:2}" "${default}" "${COMP_WORDS[@]:2}")
          COMP_CWORD=$((COMP_CWORD + 1))
          COMP_LINE="${COMP_WORDS[*]:0:COMP_CWORD+1}"
          COMP_POINT="${#COMP_LINE}"
          COMPREPLY=()
          _swvmm "$@"
          COMPREPLY+=("${found[@]}")
      }

      complete -o filenames -F _swvmm_whole swvmm
      """
  }
}
