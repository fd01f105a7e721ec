public import ArgumentParser
import JSON
import KVM
import LinuxHost
public import VMM

/// `swvmm run`: boots a guest.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Boot a guest and exit with its code.",
    discussion: """
      The guest's serial port is standard input and output; Ctrl-C ends the run.

      Exit status: 0-63 the guest's own code (a greater one is printed and gives 63); 64 usage, \
      65 bad image, 66 no such image, 69 KVM unavailable, 70 a fault of swvmm's own, 71 an error of \
      the operating system; 100 reset or triple fault, 101 dead guest (halted, and nothing could \
      wake it), 102 an instruction that KVM could not emulate; 124 timeout; 128 + n signal n.
      """)

  @Argument(help: "A built-in guest's name (see `swvmm images`) or an image file.")
  var image: String

  @Argument(parsing: .postTerminator, help: "After --: the guest's command line.")
  var arguments: [String] = []

  @Option(help: "vCPUs, 1 to \(MachineConfiguration.cpusMax).")
  var cpus = 1

  @Option(help: "RAM: bytes, or with K, M or G (1024 each); from 1M to 3328M.")
  var memory = MemorySize(bytes: 32 << 20)

  @Option(help: "Where the interrupt controllers are: user, kernel or split.")
  var irqchip = InterruptController.user

  @Option(
    help: """
      host, or virtual: every exit costs a fixed time and a halt lasts until the next alarm, so that \
      two runs are the same; needs --irqchip user, and standard input is left alone.
      """)
  var clock = Clock.host

  @Option(help: "With --clock virtual: what an exit costs, in nanoseconds.")
  var exitCost: UInt64 = 1000

  @Option(help: "How to enter the guest: pvh, long or real; otherwise the file decides.")
  var boot: BootProtocol?

  @Option(help: "End the run after this many seconds of its clock.")
  var timeout = 60.0

  @Flag(help: "Count exits by reason and place, with durations, on standard error.")
  var stats = false

  @Option(help: "Write every exit and mark to this file.", completion: .file())
  var trace: String?

  @Flag(help: "Print the result as JSON; the guest's output goes to standard error.")
  var json = false

  func run() throws {
    let configuration = try configuration()
    let file = try GuestFile.contents(of: image)
    let bootImage: BootImage
    do { bootImage = try BootImage(file, forcing: boot) } catch {
      throw Failure(.badImage, "\(image): \(error)")
    }
    let result = try boot(bootImage, configuration)
    if let trace { try write(result, to: trace) }
    let report = RunReport(result)
    if json { try publish(report.json.text(.pretty) + "\n") }
    if stats && !json { try? StandardStream.error.write(report.statisticsTable) }
    if let note = report.note { complain(note) }
    if let message = report.message { complain(message) }
    if report.status != 0 { throw ExitCode(report.status) }
  }

  private func configuration() throws -> MachineConfiguration {
    guard (1...MachineConfiguration.cpusMax).contains(cpus) else {
      throw Failure(.usage, "--cpus \(cpus): from 1 to \(MachineConfiguration.cpusMax)")
    }
    guard MachineConfiguration.memorySizes.contains(memory.bytes) else {
      throw Failure(.usage, "--memory \(memory): from 1M to 3328M")
    }
    guard memory.bytes % 4096 == 0 else {
      throw Failure(.usage, "--memory \(memory): not a multiple of 4096 bytes")
    }
    guard UInt64(memory.bytes) <= HostMemory.total else {
      throw Failure(.usage, "--memory \(memory): this host has \(HostMemory.total >> 20)M")
    }
    guard timeout > 0 && timeout <= 1e6 else {
      throw Failure(.usage, "--timeout \(timeout): more than 0, at most 1000000 seconds")
    }
    guard clock == .host || irqchip == .user else {
      throw Failure(.usage, "--clock virtual needs --irqchip user: KVM's own know only host time")
    }
    guard (1...1_000_000_000).contains(exitCost) else {
      throw Failure(.usage, "--exit-cost \(exitCost): from 1 to 1000000000 nanoseconds")
    }
    var configuration = MachineConfiguration()
    configuration.time = clock == .host ? .host : .virtual(exitCost: exitCost)
    configuration.cpus = cpus
    configuration.memorySize = memory.bytes
    configuration.interruptController = irqchip
    configuration.timeoutNanoseconds = UInt64(timeout * 1e9)
    if stats || json { configuration.recording.insert(.statistics) }
    if trace != nil { configuration.recording.insert(.trace) }
    if json { configuration.console = .error }
    return configuration
  }

  private func boot(_ image: BootImage, _ configuration: MachineConfiguration) throws -> RunResult {
    do {
      let system = try openKVM()
      let machine = try Machine(
        configuration, on: system, image: image,
        commandLine: [UInt8](arguments.joined(separator: " ").utf8))
      return try machine.run()
    } catch let error as KVMError {
      throw Failure(error: error)
    } catch let error as MachineError {
      switch error {
      case .image: throw Failure(.badImage, "\(self.image): \(error)")
      case .kvm(let error): throw Failure(error: error)
      case .system: throw Failure(.system, "\(error)")
      }
    } catch let error as SystemError {
      throw Failure(.system, "\(error)")
    }
  }

  private func write(_ result: RunResult, to path: String) throws {
    var text = ""
    if result.lostEvents > 0 { text += "# \(result.lostEvents) earlier events were not kept\n" }
    for event in result.trace { text += event.line(since: result.start) + "\n" }
    do { try HostFile.write([UInt8](text.utf8), to: path) } catch {
      throw Failure(.system, "\(error)")
    }
  }
}

extension Failure {
  /// KVM that is not there, or lacks something, is the user's to remedy; the rest is an error of the
  /// operating system.
  init(error: KVMError) {
    switch error {
    case .unavailable, .missing: self.init(.noKVM, "\(error)")
    case .failed: self.init(.system, "\(error)")
    }
  }
}

/// Opens `/dev/kvm`, or says why that fails.
func openKVM() throws(Failure) -> KVMSystem {
  do { return try KVMSystem() } catch { throw Failure(error: error) }
}

/// A size of RAM as people write it.
struct MemorySize: ExpressibleByArgument, CustomStringConvertible {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let shifts: [Character: Int] = ["K": 10, "k": 10, "M": 20, "m": 20, "G": 30, "g": 30]
    let shift = argument.last.flatMap { shifts[$0] }
    let digits = shift == nil ? argument : String(argument.dropLast())
    guard let number = UInt32(digits) else { return nil }
    // 32 bits shifted by at most 30: no overflow.
    bytes = Int(number) << (shift ?? 0)
  }

  var description: String { bytes % (1 << 20) == 0 ? "\(bytes >> 20)M" : "\(bytes)" }
  var defaultValueDescription: String { description }
}

/// What `--clock` takes.
enum Clock: String, CaseIterable, ExpressibleByArgument {
  case host, virtual
}

extension InterruptController: ExpressibleByArgument {}
extension BootProtocol: ExpressibleByArgument {}
