public import KVM
internal import LinuxHost
public import VMM

/// How long a subject's deadline is, and how long its guest is watched.
public struct TortureTiming: Hashable, Sendable {
  /// From arming to the deadline, in microseconds.
  public var period: Int
  /// The frequency of the guest's TSC.
  public var tscKilohertz: Int
  /// How much longer the guest listens for what a thread of the host's raises, in nanoseconds: that may come late,
  /// and is still one too many.
  var slackNanoseconds: UInt64 = 0

  /// Creates a timing.
  public init(period: Int, tscKilohertz: Int) {
    self.period = period
    self.tscKilohertz = tscKilohertz
  }

  /// The period's bounds, in microseconds: shorter, and a host that is busy hides what is wrong; longer, and
  /// the PIT cannot count so far.
  public static let periods = 4000...50_000

  /// The period in nanoseconds.
  var periodNanoseconds: UInt64 { UInt64(period) * 1000 }

  /// For how long the guest listens after its last delivery, in nanoseconds: long enough for a whole period to
  /// pass that should not, and between two ticks at its end.
  func listening(_ law: TortureLaw) -> UInt64 {
    switch law {
    case .oneShot: periodNanoseconds * 16 / 10 + slackNanoseconds
    case .periodic: periodNanoseconds * 195 / 100
    case .raised, .clock: periodNanoseconds / 4
    }
  }

  /// How much longer a guest may run that only has to come to its end, in nanoseconds.
  static let patienceNanoseconds: UInt64 = 2_000_000_000

  /// For how long a guest may run without coming to its end, on a host that is busy.
  func limit(_ law: TortureLaw) -> UInt64 {
    periodNanoseconds * 25 / 10 + listening(law) + 30_000_000
  }

  /// The arguments of the guest `conserve`, and of guests with its contract.
  ///
  /// - Parameters:
  ///   - subject: What it uses.
  ///   - law: What must hold of it.
  ///   - isHalting: Whether it waits in HLT.
  /// - Returns: The command line.
  func arguments(_ subject: TortureSubject, _ law: TortureLaw, isHalting: Bool) -> String {
    let cycles = listening(law) / 1000 * UInt64(tscKilohertz) / 1000
    let ticks = subject.ticks(period, tscKilohertz: tscKilohertz)
    // Nothing keeps an NMI from coming before a HLT, which it does not end then.
    let halts = isHalting && subject != .nmi
    return "\(subject.guestNumber ?? 0) \(period) \(ticks) \(cycles) \(halts ? 1 : 0)"
  }
}

extension TortureTiming {
  /// Finds a period that is long against what a search does to the guest on this host: all steps from arming to
  /// the wait, and two cuts.
  ///
  /// - Parameters:
  ///   - subject: What is cut.
  ///   - image: The guest.
  ///   - system: The open `/dev/kvm`.
  /// - Throws: ``TortureError`` with the reason.
  public init(
    measuring subject: TortureSubject, _ image: BootImage, on system: borrowing KVMSystem
  ) throws(TortureError) {
    let longest = TortureTiming(period: Self.periods.upperBound, tscKilohertz: 1_000_000)
    let bench = try TortureBench(subject, image, longest, via: .bare, uncutRuns: 1, on: system)
    let delay = HostThread.currentDelay()
    let (nanoseconds, kilohertz) = try lifting { () throws(KVMError) in
      var cost = try bench.costOfLongestCut()
      // The least is what the host takes where nothing else keeps it busy.
      for _ in 0..<4 { cost = min(cost, try bench.costOfLongestCut()) }
      return (cost, Int(try bench.toy.vcpu.tscFrequency()))
    }
    // Of five runs; a host that keeps the thread from running gets time to make up for it.
    let delayOfOne = (HostThread.currentDelay() - delay) / 5
    let needed = Int((nanoseconds + delayOfOne) / 1000) * 3 / 2
    self.init(
      period: min(
        max(needed, Int(Self.longestStall() / 1000) * 4, Self.periods.lowerBound),
        Self.periods.upperBound),
      tscKilohertz: kilohertz)
    // KVM raises the PIT's interrupts by a worker, for which a busy host has better things to do.
    if subject == .pitOneShot { slackNanoseconds = 8_000_000 }
  }

  /// For how long the calling thread stands still at the most, in nanoseconds, where it often does; 0 where not.
  ///
  /// *Why by a clock that is read again and again:* what an emulator's or hypervisor's host takes from the processor, the
  /// kernel that runs there does not know, so the thread was not delayed by its account. A deadline that passes
  /// meanwhile passes together with the one after it.
  ///
  /// *Why not where it is rare:* what a few runs suffer, others of the same cut put right.
  private static func longestStall() -> UInt64 {
    let start = MonotonicClock.now()
    var last = start
    var (longest, sum): (UInt64, UInt64) = (0, 0)
    while last - start < 50_000_000 {
      let now = MonotonicClock.now()
      if now - last > 200_000 {
        longest = max(longest, now - last)
        sum += now - last
      }
      last = now
    }
    return sum * 10 > last - start ? longest : 0
  }
}
