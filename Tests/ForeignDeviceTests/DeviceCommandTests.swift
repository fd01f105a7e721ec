import Glibc
import TestSupport
import Testing

/// A device of another vendor's, from the command line.
@Suite(
  "foreign devices", .timeLimit(.minutes(3)),
  .enabled(if: AdapterProgram.hasCompiler, "no C compiler"))
struct DeviceCommandTests {
  @Test("the example in C keeps the contract, and is right")
  func example() {
    let timer = AdapterProgram.timer()
    let check = shell("$SWVMM device check \(timer)")
    #expect(check.status == 0 && !check.output.contains("broken"), "\(check.output)")
    #expect(check.output.split(separator: "\n").count == 8)
    let duel = shell("$SWVMM device duel \(timer) --operations 20000 --seed 3")
    #expect(duel.status == 0 && duel.output.contains("no difference"), "\(duel.output)")
    let search = shell("$SWVMM explore count-compare --device \(timer) --depth 3")
    #expect(search.status == 0 && search.output.contains("held"), "\(search.output)")
  }

  @Test(
    "each of five historic bugs is found by a search, told apart by a duel, and named",
    arguments: [
      ("FREEZE", "mips-freeze-lost-irq"), ("ACKNOWLEDGE_FIRST", "mips-compare-ack-race"),
      ("HOST_COMPARE_ACKNOWLEDGES", "mips-vz-host-compare-acks"),
      ("DISABLE_IGNORED", "mips-dc-ignored"), ("COUNT_WRITE_DROPPED", "mips-count-write-dropped"),
    ])
  func historicBug(bug: String, name: String) {
    let timer = AdapterProgram.timer(bug: bug)
    let search = shell("$SWVMM explore count-compare --device \(timer) --depth 4")
    #expect(search.status == 1 && search.output.contains("broken"), "\(search.output)")
    let duel = shell("$SWVMM device duel \(timer)")
    #expect(duel.status == 1 && duel.output.contains(": a difference:\n"), "\(duel.output)")
    let regress = shell("$SWVMM regress --device \(timer) mips")
    #expect(
      regress.status == 1 && regress.output.contains("looks like \(name) "), "\(regress.output)")
    // Where another bug's schedule breaks it, too, one of the two is named.
    let lines = regress.output.split(separator: "\n")
    #expect(lines.count { $0.contains("looks like ") } == 1, "\(regress.output)")
    #expect(
      lines.count { $0.hasSuffix("which is more like \(name)") }
        == (bug == "HOST_COMPARE_ACKNOWLEDGES" ? 1 : 0), "\(regress.output)")
    let first = shell("$SWVMM regress --device \(timer) mips --fail-fast")
    #expect(first.status == 1 && first.errors.contains("ended by --fail-fast: "))
    #expect(
      first.output.split(separator: "\n").count { $0.hasPrefix("FAIL ") } == 1, "\(first.output)")
  }

  @Test(
    "a controller's and a generic timer's bug is found by a search, replayed, and named",
    arguments: [
      ("targets", "gic", "gic-spi", "spi-high", "qemu-gic-targets-ignored"),
      ("sign", "generic-timer", "generic-timer", "p-read-tval", "arm-cntp-tval-sign"),
    ])
  func armBug(fault: String, kind: String, model: String, schedule: String, name: String) {
    let device = AdapterProgram.faulty(fault, AdapterProgram.ours(kind))
    let search = shell("$SWVMM explore \(model) --device \"\(device)\"")
    // What it prints can be pasted: it is about this device, too.
    let command = search.output.split(separator: "\n").last ?? ""
    #expect(search.status == 1 && command.hasPrefix("swvmm replay \(model):\(schedule) "))
    let replay = shell("swvmm() { $SWVMM \"$@\"; }; \(command)")
    #expect(replay.status == 1 && replay.output.hasPrefix("right: held\n"))
    #expect(replay.output.contains("\ndevice: broken: "), "\(replay.output)")
    let regress = shell("$SWVMM regress --device \"\(device)\" \(name)")
    #expect(regress.output.contains("looks like \(name) "), "\(regress.output)")
  }

  @Test("a device that cannot be shifted is searched to a bound, and is as right as it is")
  func unshifted() {
    let search = shell(
      "$SWVMM explore count-compare --depth 3 --device '\(AdapterProgram.timer(bug: "UNSHIFTED"))'")
    #expect(search.status == 0 && search.output.contains("held in every state that 3 actions"))
  }

  @Test("a schedule is replayed on the device and on the right model, side by side")
  func replay() {
    let timer = AdapterProgram.timer(bug: "DISABLE_IGNORED")
    let result = shell("$SWVMM replay count-compare:set-dc --device \(timer)")
    #expect(result.status == 1)
    #expect(
      result.output.hasPrefix("right: held\n") && result.output.contains("\ndevice: broken: "))
  }

  @Test(
    "an adapter that breaks the protocol ends in one clear line",
    arguments: [
      ("exit", "exited with status 3"), ("noise", "broke the protocol"),
      ("huge", "broke the protocol"), ("wrong-number", "broke the protocol"),
      ("half", "exited with status 0"), ("closes", "was ended by SIGKILL"),
      ("version", "version 9"), ("no-kind", "kinds are 0x8"),
      ("nine-cpus", "9 CPUs"), ("large-state", "2147483648 bytes"), ("0-hertz", "0 Hz"),
      ("crash", "was ended by SIGSEGV, asked to write "),
    ])
  func liar(lie: String, words: String) {
    let result = shell("$SWVMM device check '\(AdapterProgram.liar(lie))'")
    #expect(result.isRefusal(saying: words), "\(result.errors)")
  }

  @Test("an adapter in C may have signals of its own")
  func signals() {
    // It waits between requests for as long as a shell takes to look away.
    let result = shell("$SWVMM device duel '\(AdapterProgram.liar("alarmed"))' --batch 1")
    #expect(result.status == 1 && result.output.contains("a difference:"), "\(result)")
  }

  @Test("an adapter that the system cannot start is an error of the system's")
  func notStarted() {
    let result = shell("ulimit -n 5; $SWVMM device check '\(AdapterProgram.timer())'")
    #expect(result.status == 71 && result.errors.contains("could not be started: "), "\(result)")
  }

  @Test("an adapter that does not answer is not waited for")
  func silent() {
    let result = shell(
      "$SWVMM conform --model mips --device '\(AdapterProgram.liar("silent"))' /dev/null")
    #expect(result.isRefusal(saying: "did not answer for 5 s"), "\(result.errors)")
  }

  @Test(
    "a device that breaks the contract is told what it broke",
    arguments: [
      ("forgets", "load brings back what save took"), ("random", "the same operations give"),
      ("backwards", "never goes back"), ("read-counts", "a read that has no effect"),
      ("alarm-now", "the next alarm is later"), ("bad-shift", "after a shift"),
    ])
  func breach(lie: String, rule: String) {
    let result = shell("$SWVMM device check '\(AdapterProgram.liar(lie))'")
    let lines = result.output.split(separator: "\n").filter { $0.contains(rule) }
    #expect(
      result.status == 1 && lines.count == 1 && lines[0].contains("broken: "), "\(result.output)")
  }

  @Test(
    "a device that does not answer the same twice is told so by a duel, not shown two equal answers",
    arguments: ["once", "later"])
  func unrepeatable(fault: String) {
    let device = AdapterProgram.faulty(fault, AdapterProgram.ours("count-compare"))
    let duel = shell("$SWVMM device duel \"\(device)\"")
    #expect(
      duel.status == 1
        && duel.output.contains(
          ": the device did not answer the same twice: run `swvmm device check`\n"),
      "\(duel)")
    let answers = duel.output.split(separator: "\n").suffix(3).map { $0.dropFirst(14) }
    #expect(answers.count == 3 && answers[0] != answers[1] && answers[1] == answers[2], "\(duel)")
  }

  @Test("whether a generic timer looks for what is due when it is read is left to it")
  func looksAtReads() {
    let device = AdapterProgram.faulty("looks", AdapterProgram.ours("generic-timer"))
    let duel = shell("$SWVMM device duel \"\(device)\" --batch 2000 --operations 20000")
    #expect(duel.status == 0 && duel.output.contains("no difference"), "\(duel)")
    let check = shell("$SWVMM device check \"\(device)\"")
    #expect(check.status == 0, "\(check)")
  }

  @Test("what no check and no duel judges is said in their help")
  func unjudged() {
    for command in ["device", "device check", "device duel"] {
      let help = shell("COLUMNS=1000 $SWVMM \(command) --help").output
      let words = help.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(words.contains("larms that come late or never are judged by "), "\(help)")
    }
  }

  @Test("a duel that a signal ends says so, with what there is")
  func interruptedDuel() throws {
    let words = ["device", "duel", AdapterProgram.ours("count-compare+gic")]
    let child = try Child(words + ["--operations", "100000000"])
    try child.waitForHandler(of: SIGTERM)
    usleep(100_000)
    child.send(SIGTERM)
    let text = child.read(4096)
    #expect(child.wait() == 143)
    #expect(text.hasPrefix("count-compare: ") && text.hasSuffix(": no difference (interrupted)\n"))
    #expect(text.split(separator: "\n").count == 1, "\(text)")
  }

  @Test("a signal ends the wait for an adapter")
  func signal() {
    let result = shell(
      """
      $SWVMM device duel '\(AdapterProgram.liar("hang"))' & sleep 0.5; kill -TERM $!; wait $!
      """)
    #expect(result.status == 143)
  }

  @Test(
    "an adapter's command line may be any of a shell's",
    arguments: [
      "cd . && ADAPTER", "X=1 ADAPTER", "exec ADAPTER", "ADAPTER;", "(ADAPTER)", "true; ADAPTER",
      "  env   ADAPTER  ",
    ])
  func commandLines(form: String) {
    let command = form.replacing("ADAPTER", with: AdapterProgram.ours("gic"))
    let result = shell("$SWVMM device check '\(command)'")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
  }

  @Test(
    "a program that is not there is named, in one line where no shell is needed",
    arguments: [
      ("./nowhere -x", "could not be started: execve of ./nowhere: No such file or directory"),
      ("nowhere", "could not be started: execve of nowhere: No such file or directory"),
      ("/", "could not be started: execve of /: Permission denied"),
      ("./script", "could not be started: execve of ./script: Permission denied"),
    ])
  func missing(command: String, words: String) {
    let result = shell("echo >script; $SWVMM device check '\(command)'")
    #expect(result.status == 66 && result.hasOneLineOfComplaint, "\(result)")
    #expect(result.errors.contains(words), "\(result)")
    let inShell = shell("$SWVMM device check 'cd . && ./nowhere'")
    #expect(inShell.status == 65 && inShell.errors.contains("./nowhere: not found"))
    #expect(inShell.errors.contains("status 127: its shell found no such program"), "\(inShell)")
  }

  @Test("commands refuse a device that is of no use to them")
  func usage() {
    let gic = AdapterProgram.ours("gic")
    #expect(
      shell("$SWVMM explore generic-timer --device '\(gic)'").isRefusal(saying: "it is a gic"))
    #expect(shell("$SWVMM explore tsc --device '\(gic)'").status == 64)
    #expect(
      shell("$SWVMM explore count-compare --device '\(AdapterProgram.liar("unsaved"))'")
        .isRefusal(saying: "its state cannot be saved"))
    #expect(
      shell("$SWVMM explore count-compare --device '\(gic)'").isRefusal(saying: "it is a gic"))
    #expect(shell("$SWVMM explore --bug mips-dc-ignored --device '\(gic)'").status == 64)
    let other = shell("$SWVMM regress gic count-compare --device '\(gic)'")
    #expect(other.status == 64 && other.hasOneLineOfComplaint, "\(other)")
    #expect(other.errors.contains("no test of such a device matches count-compare"))
    #expect(shell("$SWVMM device duel").status == 64)
    #expect(shell("$SWVMM device duel --open").output.contains("ISTATUS while ENABLE is clear"))
  }
}
