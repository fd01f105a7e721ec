import ArgumentParser

extension CompletionScript {
  static var bash: String? {
    parsers(.bash, without: "complete -o filenames -F _swvmm swvmm").map {
      $0 + bashCompletion + "\n"
    }
  }

  private static var bashCompletion: String {
    """
    _swvmm_whole() {
        local -r word="${COMP_WORDS[COMP_CWORD]}"
        local default='' others='' cur="${word}"
        _swvmm "$@"
        case "${COMP_WORDS[1]}" in
        help) COMPREPLY=($(compgen -W '\(commands)' -- "${word}")) ;;
        run) [[ "${word}" == */* && "${word}" != -* ]] && __swvmm_add_completions -f ;;
    \(defaults { "    \($0)) default=\($1) others=' \($2) ' ;;" })    esac
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

  static var zsh: String? {
    let end = """
      if [[ "${funcstack[1]}" = _swvmm ]]; then
          _swvmm "${@}"
      else
          compdef _swvmm swvmm
      fi
      """
    return parsers(.zsh, without: end).map { script in
      let lines = script.split(separator: "\n", omittingEmptySubsequences: false).map(guarded)
      return lines.joined(separator: "\n") + zshCompletion + end + "\n"
    }
  }

  /// A line in which a word of a command's, of which nothing is known, does not keep zsh from offering options in its
  /// place.
  private static func guarded(_ line: Substring) -> String {
    let parts = line.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2] == "'", ["'", "'*"].contains(parts[0].drop { $0 == " " })
    else { return String(line) }
    return "\(parts[0]):\(parts[1]):_guard \"^-*\" \(parts[1])'"
  }

  /// Takes the place of the argument parser's function, which the shell loads by its name.
  private static var zshCompletion: String {
    """
    functions[_swvmm_parsed]="${functions[_swvmm]}"

    _swvmm() {
        local default='' others=''
        local -i found=1
        case "${words[2]}" in
        help)
            if (( CURRENT == 3 )); then
                compadd -- \(commands)
                return
            fi
            ;;
    \(defaults { "    \($0)) default=\($1) others=' \($2) ' ;;" })    esac
        if [[ -z "${default}" || CURRENT -lt 3 || ( CURRENT -gt 3 && "${others}" == *" ${words[3]} "* ) ]]; then
            _swvmm_parsed "$@"
            return
        fi
        # What stands for a subcommand is offered only where there is one.
        (( CURRENT == 3 )) && _swvmm_parsed "$@" && found=0
        words=("${(@)words[1,2]}" "${default}" "${(@)words[3,-1]}")
        (( CURRENT++ ))
        _swvmm_parsed "$@" && found=0
        return found
    }


    """
  }

  static var fish: String? {
    parsers(.fish, without: "").map { $0 + "\n" + fishCompletion + "\n" }
  }

  /// Has the argument parser's functions see the subcommand that was left out.
  ///
  /// Where it may be the word at the cursor, they are asked twice.
  private static var fishCompletion: String {
    """
    complete -c swvmm -n '__swvmm_should_offer_completions_for_positional "swvmm help" -eq 1' -fa '\(commands)'

    functions -c __swvmm_tokens __swvmm_written_tokens
    function __swvmm_tokens
        # The word at the cursor, and not all.
        if not string match -q '*p*' -- "$argv"
            __swvmm_written_tokens $argv
            return
        end
        set -l tokens (__swvmm_written_tokens $argv)
        set -l default
        set -l others
        switch "$tokens[2]"
    \(defaults { "    case \($0)\n        set default \($1)\n        set others \($2)" })    end
        test -n "$default" -a (count $tokens) -eq 2 -a -z "$__swvmm_is_left_out"; and set default
        contains -- "$tokens[3]" $others; and set default
        test -n "$default"; and set tokens $tokens[1..2] $default $tokens[3..]
        printf '%s\\n' $tokens
    end

    for kind in flags_or_options positional
        functions -c __swvmm_should_offer_completions_for_$kind __swvmm_parsed_$kind
    end
    function __swvmm_should_offer_completions_for_flags_or_options
        __swvmm_ask_twice flags_or_options $argv
    end
    function __swvmm_should_offer_completions_for_positional
        __swvmm_ask_twice positional $argv
    end
    function __swvmm_ask_twice -a kind
        __swvmm_parsed_$kind $argv[2..]; and return
        set -g __swvmm_is_left_out 1
        __swvmm_parsed_$kind $argv[2..]
        set -l found $status
        set -e __swvmm_is_left_out
        return $found
    end
    """
  }
}
