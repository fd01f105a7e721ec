import KVM
import LinuxHost

@testable import VMM

/// Whole checkpoints with changes, restored under live KVM and run for a few milliseconds.
///
/// *Reaches:* every section with the checks behind it, what KVM takes of a vCPU's state, and what a guest
/// does on such state. *Does not reach:* memory, which any guest may fill as it likes, and long runs.
enum RestoreTarget: FuzzTarget {
  static let name = "restore"

  static var obstacle: String? {
    do throws(KVMError) {
      _ = try KVMSystem()
      return nil
    } catch { return "\(error)" }
  }

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let base = input.choice(try bases.get())
    var file = base.bytes
    let isChanged = !input.isEmpty
    for _ in 0..<32 where !input.isEmpty { base.change(&file, &input) }
    CheckpointEnvelope.seal(&file)
    let scratch = ScratchFile("restore")
    try HostFile.write(file, to: scratch.path)
    let outcome: Outcome
    do throws(CheckpointError) { outcome = try run(scratch.path) } catch {
      return try promise(isChanged && !"\(error)".isEmpty, "\(base.name) is refused: \(error)")
    }
    try promise(isChanged || !outcome.isFailure, "\(base.name): \(outcome)")
  }

  private static func run(_ path: String) throws(CheckpointError) -> Outcome {
    let system: KVMSystem
    do { system = try KVMSystem() } catch { throw .machine(.kvm(error)) }
    let machine = try Machine(restoring: path, quiet(), on: system, countsStoppedTime: false)
    do { return try machine.run().outcome } catch { throw .machine(.system(error)) }
  }

  private static func quiet() -> MachineConfiguration {
    var configuration = MachineConfiguration()
    configuration.timeoutNanoseconds = 3_000_000
    configuration.console = nil
    configuration.readsInput = false
    return configuration
  }

  // MARK: What is changed

  /// A checkpoint of a built-in guest.
  private struct Base: Sendable {
    let name: String
    let bytes: [UInt8]
    /// Where in the file each section's contents are, and the header's fields.
    let parts: [Range<Int>]

    init(_ name: String, _ bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
      var parts = [24..<56]
      var offset: UInt64 = 64
      for _ in 0..<(bytes.number(UInt32.self, at: 24) ?? 0) {
        let length = bytes.number(UInt64.self, at: offset + 8) ?? 0
        if length > 0 { parts.append(Int(offset) + 16..<Int(offset + 16 + length)) }
        offset += 16 + length
      }
      self.parts = parts
    }

    /// Replaces a number somewhere in a section or the header.
    func change(_ file: inout [UInt8], _ input: inout FuzzInput) {
      let part = input.choice(parts)
      let place = part.lowerBound + input.index(below: part.count)
      let number = input.number()
      switch (input.byte() % 4, part.upperBound - place) {
      case (0, 8...): file.put(number, at: place)
      case (1, 4...): file.put(UInt32(truncatingIfNeeded: number), at: place)
      case (2, 2...): file.put(UInt16(truncatingIfNeeded: number), at: place)
      default: file[place] = UInt8(truncatingIfNeeded: number)
      }
    }
  }

  /// Each kind of controller, both kinds of time, one vCPU and two.
  private static let bases = Result {
    try [
      base("gtick", cutAt: 40, .user, time: .virtual(exitCost: 1000)),
      base("tick", cutAt: 30, .user, time: .host), base("tick", cutAt: 30, .kernel, time: .host),
      base("gtick", cutAt: 40, .split, time: .host),
      base("smp-hello", cutAt: 12, .user, cpus: 2, time: .host),
      base("smp-gtick", cutAt: 60, .kernel, cpus: 2, time: .host),
    ]
  }

  private static func base(
    _ guest: String, cutAt exit: UInt64, _ irqchip: IRQChip, cpus: Int = 1, time: TimeSource
  ) throws -> Base {
    let scratch = ScratchFile("base")
    var configuration = quiet()
    configuration.timeoutNanoseconds = 10_000_000_000
    configuration.memorySize = 2 << 20
    configuration.cpus = cpus
    configuration.irqchip = irqchip
    configuration.time = time
    configuration.checkpoint = CheckpointPlan(.exit(exit), file: scratch.path, keepsRunning: false)
    guard let guest = BuiltInGuest.named(guest) else {
      throw BrokenPromise(description: "no guest \(guest)")
    }
    let outcome = try Machine(configuration, on: KVMSystem(), image: BootImage(guest.file)).run()
      .outcome
    try promise(outcome == .checkpointed(file: scratch.path), "\(guest.name): \(outcome)")
    let bytes = try HostFile.contents(of: scratch.path, limit: 1 << 24) ?? []
    return Base("\(guest.name), \(irqchip), \(cpus) vCPUs", bytes)
  }

  static func seeds() throws -> [[UInt8]] {
    let count = try bases.get().count
    let untouched = (0..<count).map { [UInt8($0)] }
    // RAM of 1 TiB: the header's fifth 64-bit field, at 24 of its changeable bytes.
    let large = (0..<count).map { [UInt8($0), 0, 24, 3, 40, 0] }
    return untouched + large
  }
}
