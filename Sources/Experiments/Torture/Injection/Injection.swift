internal import CKVM
public import KVM
internal import LinuxHost
public import VMM

/// An interrupt raised at every boundary of a guest, each time from the same state, each time to the end.
///
/// The guest is walked through instruction by instruction. Where it halts with nothing to wake it, the interrupt
/// is raised: so a guest that waits for it is walked through, handler and all. At each boundary the machine is
/// kept, the interrupt is raised there *in place of the next one of the walk* (or, behind the last, beside them),
/// and the guest runs to its end. So it is one interrupt, moved over the guest, and every run should end alike.
public struct Injection: Sendable {
  /// The guest.
  public var image: BootImage
  /// Its command line.
  public var arguments = ""
  /// What is raised.
  public var interrupt: InjectedInterrupt
  /// Of an instruction that is come by again and again, how many times are tried.
  public var visitsMax = 3
  /// How many instructions in a row may be ones that were tried often enough, before the walk ends: a guest may
  /// loop for ever.
  public var repetitionsMax = 100_000
  /// How many boundaries are tried, at most.
  public var boundariesMax = 10_000
  /// How long a run may last, in nanoseconds; or ten times what the guest takes by itself, if that is more.
  public var runMax: UInt64 = 1_000_000_000
  /// Asked at each boundary, with the count so far: whether to stop there.
  public var isInterrupted: @Sendable (Int) -> Bool = { _ in false }

  /// Plans the injection of an interrupt.
  public init(_ image: BootImage, _ interrupt: InjectedInterrupt) {
    self.image = image
    self.interrupt = interrupt
  }

  /// Walks through the guest.
  ///
  /// - Parameter system: The open `/dev/kvm`.
  /// - Returns: What was seen at each boundary.
  /// - Throws: ``MachineError`` where the machine cannot be had, or KVM refuses a request.
  public func run(on system: borrowing KVMSystem) throws(MachineError) -> InjectionResult {
    KickSignal.install()
    KickSignal.unblock()
    do {
      var machine = try InjectionMachine(image, arguments, interrupt, on: system)
      let start = try lifting { () throws(KVMError) in try machine.snapshot() }
      var walk = InjectionWalk(self)
      try lifting { () throws(KVMError) in
        try walk.observe(&machine)
        try machine.restore(start)
        try walk.walk(&machine)
      }
      return walk.result
    }
  }

  private func lifting<Result>(
    _ body: () throws(KVMError) -> Result
  ) throws(MachineError) -> Result {
    do { return try body() } catch { throw .kvm(error) }
  }
}
