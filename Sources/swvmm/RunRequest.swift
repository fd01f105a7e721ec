import ArgumentParser
import JSON
import KVM
import LinuxHost
import VMM

/// What `swvmm run` is to do.
struct RunRequest {
  /// A built-in guest's name, or a file.
  var image: String
  /// The guest's command line, in words.
  var arguments: [String] = []
  var cpus = 1
  var memory = MemorySize(bytes: 32 << 20)
  var irqchip = IRQChip.user
  var clock = Clock.host
  /// In virtual time, nanoseconds.
  var exitCost: UInt64 = 1000
  /// nil lets the file decide.
  var boot: BootProtocol?
  /// Seconds.
  var timeout = 60.0
  var wantsStatistics = false
  var traceFile: String?
  var wantsJSON = false

  static let defaults = RunRequest(image: "")

  init(image: String) { self.image = image }

  /// The request of a command line that has no options: `run IMAGE`, or `run IMAGE -- WORD...`.
  ///
  /// *Why not leave it to the option parser:* that takes 1.5 ms, most of what it takes this program to
  /// boot a guest, and scripts that boot hundreds mostly write just this.
  init?(plain words: [String]) {
    guard words.count >= 2, words[0] == "run", !words[1].hasPrefix("-"),
      words.count == 2 || words[2] == "--"
    else { return nil }
    image = words[1]
    arguments = Array(words.dropFirst(3))
  }

  /// Boots the guest, reports, and ends with its status.
  func execute() throws {
    let configuration = try configuration()
    let file = try GuestFile.contents(of: image)
    let bootImage: BootImage
    do { bootImage = try BootImage(file, forcing: boot) } catch {
      throw Failure(.badImage, "\(image): \(error)")
    }
    let result = try boot(bootImage, configuration)
    if let traceFile { try write(result, of: bootImage, to: traceFile) }
    let report = RunReport(result)
    if wantsJSON { try publish(report.json.text(.pretty) + "\n") }
    if wantsStatistics && !wantsJSON { try? StandardStream.error.write(report.statisticsTable) }
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
    configuration.irqchip = irqchip
    configuration.timeoutNanoseconds = UInt64(timeout * 1e9)
    if wantsStatistics || wantsJSON { configuration.recording.insert(.statistics) }
    if traceFile != nil { configuration.recording.insert(.trace) }
    if wantsJSON { configuration.console = .error }
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

  /// Writes a line an event: nanoseconds since the start, vCPU, what happened.
  private func write(_ result: RunResult, of image: BootImage, to path: String) throws {
    var text = ""
    if clock == .virtual {
      for address in image.timeStampReads {
        text += "# 0x\(String(address, radix: 16)) may read the TSC, which is not in virtual time\n"
      }
    }
    if result.lostEvents > 0 { text += "# \(result.lostEvents) earlier events were not kept\n" }
    for event in result.trace { text += event.line(since: result.start) + "\n" }
    do { try HostFile.write([UInt8](text.utf8), to: path) } catch {
      throw Failure(.system, "\(error)")
    }
  }
}

extension Failure {
  /// KVM that is not there, or lacks something, is the user's to remedy, and so is a file that does
  /// not suit it; the rest is an error of the operating system.
  init(error: KVMError) {
    switch error {
    case .unavailable, .missing: self.init(.noKVM, "\(error)")
    case .unsuitableState: self.init(.badImage, "\(error)")
    case .failed: self.init(.system, "\(error)")
    }
  }
}

/// Opens `/dev/kvm`, or says why that fails.
func openKVM() throws(Failure) -> KVMSystem {
  do { return try KVMSystem() } catch { throw Failure(error: error) }
}
