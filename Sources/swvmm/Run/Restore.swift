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
    help: "The command line of the adapter whose devices the machine had (swvmm run --device).",
    completion: .file())
  var device: String?

  @OptionGroup var waitingOptions: WaitingOptions

  @OptionGroup var options: WatchOptions

  func run() throws {
    var request = RestoreRequest(file: file)
    request.countsStoppedTime = countStoppedTime
    request.device = device
    request.waiting = waitingOptions.request
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
  var waiting = WaitingRequest()
  var watch = RunWatch()

  init(file: String) { self.file = file }

  /// The request of a command line that has no options: `restore FILE`; why, see
  /// ``RunRequest/init(plain:)``.
  init?(plain words: some Collection<String>) {
    guard words.count == 2, words.first == "restore", let file = words.dropFirst().first,
      !file.hasPrefix("-")
    else { return nil }
    self.file = file
  }

  /// Brings the machine back, runs it, reports, and ends with its status.
  func execute() throws {
    guard file != "-" else {
      throw Failure(
        .usage, "restore -: a checkpoint is mapped, which standard input cannot be: name a file")
    }
    guard watch.debugger == nil || watch.checkpoint == nil else {
      throw Failure(.usage, "--gdb: a restored machine that may go back writes no checkpoint")
    }
    var configuration = MachineConfiguration()
    configuration.waiting = waiting.waiting
    watch.apply(to: &configuration)
    try requireAdapter(device)
    configuration.adapter = device
    let (machine, result) = try namingAuthor {
      let system = try KVMSystem()
      HostThread.shareHeap()
      system.askForFeatures()
      var configuration = configuration
      try configuration.learnAdvance(on: system)
      let machine = try Machine(
        restoring: file, configuration, on: system, countsStoppedTime: countsStoppedTime)
      try refuseIdle(machine.irqchip, machine.time)
      ProcessSignals.answerEndings()
      return (machine, try machine.run())
    }
    try watch.finish(result, hasAdapter: device != nil)
    if device == nil { endWell(keeping: machine) }
  }

  /// Refuses options that do nothing for the machine that the file holds.
  private func refuseIdle(_ irqchip: IRQChip, _ time: TimeSource) throws {
    try waiting.refuseIdle(irqchip, time)
    try refuse(
      "the machine is at the host's time, which --timeout limits",
      ("--host-timeout", watch.hostTimeout != nil), if: time == .host)
    try refuse(
      "the machine is in virtual time, which stops with it",
      ("--count-stopped-time", countsStoppedTime), if: time != .host)
  }

  /// Says of a checkpoint that this program cannot use which one wrote it.
  private func namingAuthor<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try exiting(on: file, body) } catch let failure as Failure
      where failure.status == .badImage
    {
      guard let author = CheckpointFile.author(of: file), author != Version.line else {
        throw failure
      }
      throw Failure(.badImage, "\(failure.message); it was written by \(author)")
    }
  }
}
