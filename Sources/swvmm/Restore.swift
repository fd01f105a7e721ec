import ArgumentParser
import KVM
import LinuxHost
import VMM

/// `swvmm restore`: continues from a checkpoint.
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Continue from a checkpoint that `swvmm run --checkpoint-on` wrote.",
    discussion: """
      The machine is as it was: vCPUs, memory, devices, timers in mid-flight, its clock. By default it \
      does not notice the time since the checkpoint (see --count-stopped-time).

      A checkpoint is trusted: its bytes go to KVM as the state of a machine, and its checksums find \
      accidents, not forgery. While the machine runs, its file may be replaced but not changed in place.

      Exit status: as for `swvmm run`; 65 for a file that is damaged, of another version, or for another \
      host, before the guest executes any instruction.
      """)

  @Argument(help: "The checkpoint.", completion: .file())
  var file: String

  @Flag(help: "Count the time since the checkpoint: timers that expired meanwhile are due.")
  var countStoppedTime = false

  @Option(
    help: "The command line of the adapter whose devices the machine had (swvmm run --device).")
  var device: String?

  @OptionGroup var waitingOptions: WaitingOptions

  @OptionGroup var options: WatchOptions

  func run() throws {
    var request = RestoreRequest(file: file)
    request.countsStoppedTime = countStoppedTime
    request.device = device
    request.waiting = waitingOptions.waiting()
    request.watch = try options.watch(reading: [file])
    try request.execute()
  }
}

/// What `swvmm restore` is to do.
struct RestoreRequest {
  /// The checkpoint.
  var file: String
  /// Whether the time since the checkpoint has passed for the machine.
  var countsStoppedTime = false
  /// The command line of the adapter whose devices the machine had.
  var device: String?
  var waiting = Waiting()
  var watch = RunWatch()

  init(file: String) { self.file = file }

  /// The request of a command line that has no options: `restore FILE`; why, see
  /// ``RunRequest/init(plain:)``.
  init?(plain words: [String]) {
    guard words.count == 2, words[0] == "restore", !words[1].hasPrefix("-") else { return nil }
    file = words[1]
  }

  /// Brings the machine back, runs it, reports, and ends with its status.
  func execute() throws {
    guard watch.debugger == nil || watch.checkpoint == nil else {
      throw Failure(.usage, "--gdb: a restored machine that may go back writes no checkpoint")
    }
    var configuration = MachineConfiguration()
    configuration.waiting = waiting
    watch.apply(to: &configuration)
    configuration.adapter = device
    let (machine, result) = try exiting(on: file) {
      let system = try KVMSystem()
      HostThread.shareHeap()
      system.askForFeatures()
      var configuration = configuration
      try configuration.learnAdvance(on: system)
      let machine = try Machine(
        restoring: file, configuration, on: system, countsStoppedTime: countsStoppedTime)
      ProcessSignals.answerEndings()
      return (machine, try machine.run())
    }
    try watch.finish(result, hasAdapter: device != nil)
    if device == nil { endWell(keeping: machine) }
  }
}
