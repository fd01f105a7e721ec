public import KVM
public import LinuxHost
public import VMM

/// A VM with one vCPU, a little RAM and all of KVM's own controllers, and none of this program's devices.
///
/// All methods belong to the thread that made it. Assumes: `KickSignal.install()`.
public struct ToyMachine: ~Copyable {
  /// The VM, its controllers and its PIT in the kernel.
  public let machine: VirtualMachine
  /// Its one vCPU.
  public let vcpu: VirtualCPU
  /// Gets the vCPU out of `KVM_RUN` at a time that was set; ``run()`` returns ``ToyStop/kicked`` then.
  public let kicks: KickTimer
  /// The pages of RAM that hold anything: what a boot protocol writes, and the image's.
  public let pages: [UInt64]

  /// The size of RAM, in bytes: the first address that no guest here may use.
  public static let memorySize = 2 << 20

  /// Boots a guest, up to but not including its first instruction.
  ///
  /// - Parameters:
  ///   - image: The guest.
  ///   - arguments: Its command line.
  ///   - system: The open `/dev/kvm`.
  /// - Returns: The machine.
  /// - Throws: `MachineError` with the reason.
  public static func booting(
    _ image: BootImage, _ arguments: String, on system: borrowing KVMSystem
  ) throws(MachineError) -> ToyMachine {
    // Before its pages are listed: how many they are is the file's to say.
    do {
      try image.check(ramSize: Self.memorySize, commandLine: [UInt8](arguments.utf8))
    } catch { throw .image(error) }
    // Guests that do not bring their own stack have one below 512 KiB.
    let stack: Range<UInt64> = image.bootProtocol == .pvh ? 0..<0 : 0x78..<0x80
    let pages = Array(0..<8) + Array(stack) + Array(image.pages)
    let toy = try ToyMachine(pages: pages, on: system)
    try image.boot(toy.machine, toy.vcpu, commandLine: [UInt8](arguments.utf8))
    return toy
  }

  /// A new VM for the same guest, with its vCPU in the state after reset and its RAM zero.
  ///
  /// - Parameter system: The open `/dev/kvm`.
  /// - Returns: The VM.
  /// - Throws: `MachineError` with the reason.
  public func spare(on system: borrowing KVMSystem) throws(MachineError) -> ToyMachine {
    try ToyMachine(pages: pages, on: system)
  }

  private init(pages: [UInt64], on system: borrowing KVMSystem) throws(MachineError) {
    let memory = try lift { () throws(SystemError) in try GuestMemory(size: Self.memorySize) }
    let kicks = try lift { () throws(SystemError) in try KickTimer() }
    let machine = try Self.machine(with: memory, on: system)
    let vcpu = try lift { () throws(KVMError) in
      try machine.createInterruptControllers()
      try machine.createTimer()
      let vcpu = try machine.createVCPU(0)
      var features = try system.supportedFeatures()
      if system.value(of: .tscDeadlineTimer) > 0 { features.set(.tscDeadline, isShown: true) }
      try vcpu.setFeatures(features, index: 0)
      return vcpu
    }
    self.pages = pages
    self.kicks = kicks
    self.machine = machine
    self.vcpu = vcpu
  }

  private static func machine(
    with memory: consuming GuestMemory, on system: borrowing KVMSystem
  ) throws(MachineError) -> VirtualMachine {
    do { return try VirtualMachine(on: system, memory: memory) } catch { throw .kvm(error) }
  }

  // MARK: RAM

  /// A page's bytes.
  ///
  /// - Parameter number: One of ``pages``, which lie in RAM.
  /// - Returns: 4096 of them.
  public func page(_ number: UInt64) -> [UInt8] {
    guard let bytes = machine.memory.bytes(at: number << 12, count: 4096) else {
      preconditionFailure("page \(number) is outside of RAM")
    }
    return bytes
  }

  /// Copies the RAM of another VM of the same guest.
  ///
  /// Assumes: its vCPU does not run.
  public func copyRAM(of other: borrowing ToyMachine) {
    for number in pages { write(number, other.page(number)) }
  }

  /// Replaces a page's bytes.
  public func write(_ number: UInt64, _ bytes: [UInt8]) {
    precondition(machine.memory.write(bytes, at: number << 12), "page \(number) is RAM")
  }
}

private func lift<Result: ~Copyable>(
  _ body: () throws(SystemError) -> Result
) throws(MachineError) -> Result {
  do { return try body() } catch { throw .system(error) }
}

private func lift<Result: ~Copyable>(
  _ body: () throws(KVMError) -> Result
) throws(MachineError) -> Result {
  do { return try body() } catch { throw .kvm(error) }
}
