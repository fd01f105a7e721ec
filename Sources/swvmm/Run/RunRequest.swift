import ArgumentParser
import BugMuseum
import Experiments
import ForeignDevice
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
  /// In virtual time; nil: the usual one.
  var exitCost: TimeSpan?
  /// nil lets the file decide.
  var boot: BootProtocol?
  /// The file of an initial RAM disk, if there is to be one.
  var ramDisk: String?
  /// A sequence of TSC writes to make first: a built-in one, or a file.
  var tscWrites: String?
  /// Files that the guest is given.
  var modules: [String] = []
  var featureChanges: [FeatureChange] = []
  var hasTestDevice = false
  var waiting = WaitingRequest()
  /// A historic bug to be put into the devices.
  var bug: String?
  /// The command line of an adapter whose devices take the place of ours.
  var device: String?
  var watch = RunWatch()

  static let defaults = RunRequest(image: "")
  /// In nanoseconds.
  private static let usualExitCost: UInt64 = 1000

  init(image: String) { self.image = image }

  /// Refuses more modules than a guest can have, before the option parser looks at them.
  ///
  /// *Why:* that takes time by the square of the words: minutes for some thousands.
  static func requireFewModules(_ words: [String]) throws(Failure) {
    let count = words.prefix { $0 != "--" }.count {
      $0 == "--module" || $0.hasPrefix("--module=")
    }
    try GuestFile.requireFewModules(count)
  }

  /// Boots the guest, reports, and ends with its status.
  func execute() throws {
    let configuration = try configuration()
    var bootImage = try GuestFile.image(
      of: image, forcing: boot, timeout: configuration.timeoutNanoseconds)
    bootImage.modules = try GuestFile.modules(modules, timeout: configuration.timeoutNanoseconds)
    if let ramDisk {
      try GuestFile.attach(
        ramDisk: ramDisk, to: &bootImage, timeout: configuration.timeoutNanoseconds)
    }
    guard !bootImage.isLinux || irqchip == .kernel else {
      throw Failure(.usage, "\(image) is Linux, which needs --irqchip kernel")
    }
    if let remark = bootImage.remark { complain("\(image): \(remark)") }
    let comments = try clock == .virtual ? timeStampReads(in: bootImage) : ""
    let (machine, result) = try boot(bootImage, configuration)
    try remarkOnBug(result.statistics)
    remarkOnDevice(of: machine, result)
    try watch.finish(
      result, image: bootImage, hasAdapter: device != nil, traceComments: comments)
    if device == nil { endWell(keeping: machine) }
  }

  private func configuration() throws -> MachineConfiguration {
    guard (1...MachineConfiguration.cpusMax).contains(cpus) else {
      throw Failure(.usage, "--cpus \(cpus): from 1 to \(MachineConfiguration.cpusMax)")
    }
    guard memory.bytes % 4096 == 0 else {
      throw Failure(.usage, "--memory \(memory): not a multiple of 4096 bytes")
    }
    guard UInt64(memory.bytes) <= HostMemory.total else {
      throw Failure(.usage, "--memory \(memory): this host has \(HostMemory.total >> 20)M")
    }
    guard clock == .host || irqchip == .user else {
      throw Failure(.usage, "--clock virtual needs --irqchip user: KVM's controllers use host time")
    }
    guard clock == .host || watch.debugger == nil || watch.checkpoint == nil else {
      throw Failure(
        .usage, "--gdb with --clock virtual goes back, and would write --checkpoint-on's file again"
      )
    }
    guard clock == .virtual || watch.hostTimeout == nil else {
      throw Failure(
        .usage, "--host-timeout: only with --clock virtual; else --timeout is the host's")
    }
    guard clock == .virtual || exitCost == nil else {
      throw Failure(.usage, "--exit-cost: only with --clock virtual; an exit takes what it takes")
    }
    var configuration = MachineConfiguration()
    configuration.time =
      clock == .host ? .host : .virtual(exitCost: exitCost?.nanoseconds ?? Self.usualExitCost)
    configuration.cpus = cpus
    configuration.memorySize = memory.bytes
    configuration.irqchip = irqchip
    configuration.waiting = waiting.waiting
    configuration.featureChanges = featureChanges.map { ($0.feature, $0.isShown) }
    configuration.hasTestDevice = hasTestDevice
    try waiting.refuseIdle(irqchip, configuration.time)
    guard device == nil || bug == nil else {
      throw Failure(.usage, "--device has its own bugs; --bug is one of ours")
    }
    try requireAdapter(device)
    configuration.adapter = device
    watch.apply(to: &configuration)
    if let bug { configuration.rules = try rules(with: bug) }
    // Whether the guest used the device that this is about shows in its exits.
    if bug != nil || device != nil { configuration.recording.insert(.statistics) }
    if let tscWrites {
      let sequence = try TSCWrites(named: tscWrites, cpus: cpus, within: watch.timeout)
      configuration.tscWrites = sequence.writes
      configuration.explainsTSC = true
      if !watch.wantsJSON { try? StandardStream.error.write(sequence.prediction) }
    }
    return configuration
  }

  private func fault(of bug: String) throws(Failure) -> Fault? {
    let exhibit = try namedBug(bug)
    return exhibit.demonstration?.fault ?? exhibit.fault
  }

  /// Says so where the guest did not use the device that has the bug: its results show nothing of it.
  private func remarkOnBug(_ statistics: ExitStatistics) throws(Failure) {
    guard let bug, let device = try fault(of: bug)?.deviceUnused(in: statistics) else { return }
    complain("--bug \(bug): the guest did not use the \(device.name), which has it")
  }

  /// Says so where the guest did not use any of the adapter's devices: its results show nothing of them.
  private func remarkOnDevice(of machine: Machine, _ result: RunResult) {
    guard let device else { return }
    // An adapter that fell short says what it was asked.
    if case .failed = result.outcome { return }
    let devices: [(kind: DeviceKinds, device: PlatformDevice)] = [
      (.countCompare, .countCompare), (.genericTimer, .genericTimer),
      (.interruptController, .interruptController),
    ]
    let foreign = devices.filter { machine.foreignKinds.contains($0.kind) }.map(\.device)
    guard !foreign.isEmpty, foreign.allSatisfy({ $0.isUnused(in: result.statistics) }) else {
      return
    }
    let names = foreign.map(\.name).joined(separator: " or the ")
    complain("--device \(device): the guest did not use the \(names), which it stands for")
  }

  private func rules(with bug: String) throws(Failure) -> PlatformRules {
    guard let fault = try fault(of: bug), let rules = PlatformRules(with: fault) else {
      throw Failure(.usage, "--bug \(bug): it is in the code around a device, or in KVM itself")
    }
    return rules
  }

  /// What the guest is told: the words with a space between, behind the image's name where the boot protocol
  /// has that first.
  ///
  /// *Why not `joined`:* that finds its types by name, which is a tenth of what it takes to boot a guest.
  private func commandLine(for image: BootImage) -> [UInt8] {
    var bytes: [UInt8] = []
    if image.bootProtocol == .multiboot { bytes += GuestFile.firstWord(of: self.image) }
    for word in arguments {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: " ")) }
      bytes += word.utf8
    }
    return bytes
  }

  private func boot(
    _ image: BootImage, _ configuration: MachineConfiguration
  ) throws -> (Machine, RunResult) {
    try exiting(on: self.image) {
      let system = try KVMSystem()
      HostThread.shareHeap()
      system.askForFeatures()
      if boot == nil && image.isLinux { try requireLinux(on: system, for: image) }
      var configuration = configuration
      try configuration.learnAdvance(on: system)
      let machine = try Machine(
        configuration, on: system, image: image, commandLine: commandLine(for: image))
      ProcessSignals.answerEndings()
      return (machine, try machine.run())
    }
  }

  /// Demands what Linux needs of a host, before it would run into it after a minute; `--boot` goes without.
  private func requireLinux(
    on system: borrowing KVMSystem, for image: BootImage
  ) throws(Failure) {
    do { try image.check(ramSize: memory.bytes, commandLine: commandLine(for: image)) } catch {
      throw Failure(.image(error), image: self.image)
    }
    guard HostProbe.findKernelInstructions(on: system) == .found(false) else { return }
    throw Failure(
      .noKVM,
      "this host's KVM cannot boot Linux: it emulates a kernel's code, and cmpxchg16b or int3 is unknown to it "
        + "(--boot tries all the same)")
  }

  /// Where an image might read the TSC, which virtual time knows nothing of, for the head of a trace.
  private func timeStampReads(in image: BootImage) throws -> String {
    guard watch.trace != nil else { return "" }
    let places: [UInt64]
    let limit = 1000
    do {
      try image.check(ramSize: memory.bytes, commandLine: commandLine(for: image))
      places = try image.timeStampReads(upTo: limit)
    } catch { throw Failure(.image(error), image: self.image) }
    let comments = places.reduce("") {
      $0 + "# 0x\(String($1, radix: 16)) may read the TSC, which is not in virtual time\n"
    }
    return comments + (places.count == limit ? "# what follows may read it, too\n" : "")
  }
}
