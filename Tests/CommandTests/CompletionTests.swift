import Glibc
import TestSupport
import Testing

/// Completions know what the program knows: guests, models, bugs, formats, examples.
@Suite("completions", .timeLimit(.minutes(5)))
struct CompletionTests {
  @Test(
    "bash completes names",
    arguments: [
      ("run hel", "hello"), ("images export tri", "triple-fault"), ("images list tic", "tick"),
      ("explore generic", "generic-timer"), ("explore --bug mips-freeze", "mips-freeze-lost-irq"),
      ("bugs tsc-matched", "tsc-matched-overcount"), ("run --bug mips-fr", "mips-freeze-lost-irq"),
      ("regress --format ju", "junit"), ("regress arm-ckpt", "arm-ckpt-masked-timer"),
      ("tsc --example qemu", "qemu-2.0-trace"), ("measure campaign --wait ad", "adaptive"),
      ("explore --format js", "json"), ("torture apic-o", "apic-oneshot"),
      ("torture replay --gu", "--guest"), ("torture --via re", "recipe"),
      ("torture pit-p tic", "tick"), ("images tri", "triple-fault"), ("images exp", "export"),
      ("measure --wait ad", "adaptive"), ("help tor", "torture"), ("run ./bi", "./bin"),
      ("device check ./bash.c", "./bash.completion"), ("run --cpu-feature x2", "x2apic"),
    ])
  func bash(words: String, expected: String) {
    let parts = words.split(separator: " ").map(String.init)
    let result = shell(
      """
      mkdir bin; ln -s "$SWVMM" bin/swvmm; export PATH=$PWD/bin:$PATH
      swvmm --generate-completion-script bash >bash.completion
      bash -c '
        source ./bash.completion
        COMP_WORDS=(swvmm \(words)); COMP_CWORD=\(parts.count); COMP_LINE="swvmm \(words)"
        COMP_POINT=${#COMP_LINE}
        function=$(complete -p swvmm | sed "s/.*-F \\\\([^ ]*\\\\).*/\\\\1/")
        $function swvmm "\(parts[parts.count - 1])" "\(parts[parts.count - 2])"
        printf "%s\\n" "${COMPREPLY[@]}"'
      """)
    #expect(
      result.output.split(separator: "\n").contains { $0.trimmingPrefix(" ").hasPrefix(expected) },
      "\(result)")
  }

  /// Where a subcommand is left out, behind `help`, and what the others had anyway.
  private static let lines = [
    ("", "regress"), ("help ", "torture"), ("help tor", "torture"), ("measure --wa", "--wait"),
    ("measure --wait ", "adaptive"), ("measure co", "compare"),
    ("measure campaign --wa", "--wait"), ("images tri", "triple-fault"), ("images ", "export"),
    ("images export tri", "triple-fault"), ("torture ", "apic-oneshot"), ("torture ", "replay"),
    ("torture pit-p tic", "tick"), ("torture --via re", "recipe"),
    ("torture replay --gu", "--guest"), ("explore generic", "generic-timer"),
    ("device ", "duel"),
  ]

  @Test(
    "fish completes names, options and commands, also where a subcommand is left out",
    .enabled("there is no fish") { access("/usr/bin/fish", X_OK) == 0 })
  func fish() {
    let result = shell(
      """
      mkdir bin; ln -s "$SWVMM" bin/swvmm; export PATH=$PWD/bin:$PATH HOME=$PWD
      swvmm --generate-completion-script fish >script
      fish -c 'source script
        for line in \(Self.lines.map { "\"\($0.0)\"" }.joined(separator: " "))
          echo "= $line"; complete -C "swvmm $line"
        end
        echo "= none"; complete -C "swvmm help run "; complete -C "swvmm images list exp"'
      """)
    let answers = result.output.split(separator: "= ").map {
      $0.split(separator: "\n", omittingEmptySubsequences: false).map {
        String($0.prefix { $0 != "\t" })
      }
    }
    #expect(answers.count == Self.lines.count + 1, "\(result)")
    for ((line, name), answer) in zip(Self.lines, answers) {
      #expect(answer.first == line && answer.dropFirst().contains(name), "\(line): \(answer)")
    }
    #expect(answers.last == ["none", ""], "\(result)")
  }

  @Test(
    "zsh does, too", .enabled("there is no zsh") { access("/usr/bin/zsh", X_OK) == 0 },
    arguments: lines)
  func zsh(line: String, name: String) {
    let result = shell(
      """
      mkdir bin; ln -s "$SWVMM" bin/swvmm; export PATH=$PWD/bin:$PATH HOME=$PWD OUT=$PWD/out
      swvmm --generate-completion-script zsh >_swvmm
      cat >setup <<'END'
      fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=0
      compadd() {
        local -a hits
        if [[ "$*" != *' -'[OAD]' '* ]]; then
          builtin compadd -O hits "$@"
          print -rl -- $hits >>$OUT
        fi
        builtin compadd "$@"
      }
      finish() { print -r -- "LINE ${BUFFER##* }" >>$OUT; print -r -- END >>$OUT }
      zle -N finish; bindkey '^I' complete-word; bindkey '^X' finish
      print rea''dy
      END
      cat >type <<'END'
      zmodload zsh/zpty
      zpty -b z zsh -f -i
      zpty -w z 'source ./setup'
      for i in {1..400}; do zpty -r -t z text '*ready*' && break; sleep 0.05; done
      zpty -w -n z "swvmm $1"$'\\t\\x18'
      for i in {1..400}; do grep -qs '^END' out && break; zpty -r -t z text; sleep 0.05; done
      zpty -d z
      END
      : >out; zsh -f type '\(line)' >/dev/null 2>&1; cat out
      """)
    let found = result.output.split(separator: "\n").map { $0.trimmingPrefix("LINE ") }
    #expect(found.contains(name[...]), "\(result)")
  }

  @Test("in bash a file's name is never executed, and stays whole")
  func names() {
    let result = shell(
      """
      mkdir bin folder; ln -s "$SWVMM" bin/swvmm; export PATH=$PWD/bin:$PATH
      swvmm --generate-completion-script bash >bin/completion
      touch '$(touch executed)' 'a  b.elf' 'folder/c  d.elf'
      bash -c '
        source bin/completion
        for word in "" folder/; do
          COMP_WORDS=(swvmm run "$word"); COMP_CWORD=2; COMP_LINE="swvmm run $word"; COMP_POINT=${#COMP_LINE}
          _swvmm_whole swvmm "$word" run
          printf "%s\\n" "${COMPREPLY[@]}"
        done'
      test ! -e executed || echo it was executed
      """)
    let lines = result.output.split(separator: "\n")
    for name in ["$(touch executed)", "a  b.elf", "folder/c  d.elf"] {
      #expect(lines.contains(Substring(name)), "\(result)")
    }
    #expect(!lines.contains("it was executed"))
  }

  @Test(
    "scripts for zsh and fish name guests' command, models and bugs", arguments: ["zsh", "fish"])
  func others(shellName: String) {
    let script = shell("$SWVMM --generate-completion-script \(shellName)").output
    for name in ["swvmm images", "generic-timer", "mips-freeze-lost-irq", "junit", "qemu-2.0"] {
      #expect(script.contains(name), "\(name)")
    }
  }

  @Test(
    "help of a command with a default shows the default's options",
    arguments: ["measure", "torture"])
  func defaults(command: String) {
    for words in ["help \(command)", "\(command) --help", "\(command) -h"] {
      let result = shell("$SWVMM \(words)")
      #expect(result.status == 0 && result.output.contains("SUBCOMMANDS"), "\(words)")
      #expect(result.output.contains(command == "measure" ? "--period" : "--inject"), "\(words)")
    }
    let unknown = shell("$SWVMM help \(command) nonsense")
    #expect(unknown.status == 64 && unknown.hasOneLineOfComplaint, "\(unknown)")
    let hint = shell("$SWVMM run exit-code 7")
    #expect(hint.errors.contains("words for the guest follow --"), "\(hint.errors)")
  }
}
