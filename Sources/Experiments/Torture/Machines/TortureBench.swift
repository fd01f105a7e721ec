public import KVM
internal import LinuxHost
public import VMM

/// A toy guest at its mark `ready`, from which it is run and cut again and again.
///
/// All methods belong to the thread that made it. Assumes: `KickSignal.install()`, and that the thread does
/// not hold that signal back.
public struct TortureBench: ~Copyable {
  /// What is cut.
  public let subject: TortureSubject
  /// What must hold.
  public let law: TortureLaw
  /// How long its deadline is.
  public let timing: TortureTiming
  /// How state is carried.
  public let via: TortureVia
  let toy: ToyMachine
  /// The guest that waits in HLT, and the one that waits in a loop.
  private let halting: ToySnapshot
  private let polling: ToySnapshot
  private let haltingRemains: SteadyRemains
  private let pollingRemains: SteadyRemains

  /// Boots the guest, twice, and runs it uncut until it is known what remains of it.
  ///
  /// - Parameters:
  ///   - subject: What is cut; one with a law.
  ///   - image: The guest.
  ///   - timing: How long its deadline is.
  ///   - via: How state is carried: ``TortureVia/bare`` or ``TortureVia/recipe``.
  ///   - uncutRuns: How often the guest is run uncut, to tell what is the same each time from what is not; from 1.
  ///   - system: The open `/dev/kvm`.
  /// - Throws: ``TortureError`` with the reason.
  public init(
    _ subject: TortureSubject, _ image: BootImage, _ timing: TortureTiming, via: TortureVia,
    uncutRuns: Int = 4, on system: borrowing KVMSystem
  ) throws(TortureError) {
    guard let law = subject.law else { preconditionFailure("\(subject) is not a timer of KVM's") }
    let first = try Self.boot(image, timing.arguments(subject, law, isHalting: false), system)
    let polling = try lifting { () throws(KVMError) in try first.snapshot() }
    let toy = try Self.boot(image, timing.arguments(subject, law, isHalting: true), system)
    let halting = try lifting { () throws(KVMError) in try toy.snapshot() }
    let haltingRemains = try lifting { () throws(KVMError) in
      try Self.remains(toy, halting, ToyRun(subject, law, timing, .natural), uncutRuns)
    }
    let pollingRemains = try lifting { () throws(KVMError) in
      try Self.remains(toy, polling, ToyRun(subject, law, timing, .natural), uncutRuns)
    }
    self.subject = subject
    self.law = law
    self.timing = timing
    self.via = via
    self.toy = toy
    self.halting = halting
    self.polling = polling
    self.haltingRemains = haltingRemains
    self.pollingRemains = pollingRemains
  }

  private static func remains(
    _ toy: borrowing ToyMachine, _ snapshot: ToySnapshot, _ run: ToyRun, _ count: Int
  ) throws(KVMError) -> SteadyRemains {
    var runs: [[UInt64]] = []
    var deliveries: [Int] = []
    for _ in 0..<count {
      try toy.reset(to: snapshot)
      var run = run
      _ = try run.proceed(toy, to: nil)
      try toy.settle()
      runs.append(try toy.remains())
      deliveries.append(run.observation.deliveries)
    }
    return SteadyRemains(of: runs, deliveries: deliveries)
  }

  /// Back to the mark `ready`.
  ///
  /// *Why another guest for a deadline that has passed:* steps do not get into the handler by way of HLT, and
  /// where nothing is to be waited for a loop has few.
  ///
  /// - Returns: What is to be seen of the run that begins.
  func begin(_ place: DeadlinePlace) throws(KVMError) -> ToyRun {
    try toy.reset(to: place == .earlier ? polling : halting)
    return ToyRun(subject, law, timing, place)
  }

  /// What remains of guests of a run that is not cut.
  func remains(_ place: DeadlinePlace) -> SteadyRemains {
    place == .earlier ? pollingRemains : haltingRemains
  }

  /// How long a guest has to come to its mark `ready`.
  private static let bootNanoseconds: UInt64 = 2_000_000_000

  /// Runs a guest to its mark `ready`.
  private static func boot(
    _ image: BootImage, _ arguments: String, _ system: borrowing KVMSystem
  ) throws(TortureError) -> ToyMachine {
    let toy = try lifting { () throws(MachineError) in
      try ToyMachine.booting(image, arguments, on: system)
    }
    let deadline = MonotonicClock.now() + bootNanoseconds
    toy.kicks.set(in: bootNanoseconds)
    var isReady = false
    while !isReady {
      let stop = try lifting { () throws(KVMError) in try toy.run() }
      switch stop {
      case .event(let event) where event.kind == .ready:
        try lifting { () throws(KVMError) in try toy.settle() }
        isReady = true
      case .event, .access, .step: break
      // Another signal than the timer's.
      case .kicked where MonotonicClock.now() < deadline: break
      case .kicked: throw .guest("no mark `ready` within 2 s")
      case .exited(let code): throw .guest("exit code \(code) before the mark `ready`")
      case .died(let reason): throw .guest("\(reason) before the mark `ready`")
      }
    }
    toy.kicks.clear()
    return toy
  }
}
