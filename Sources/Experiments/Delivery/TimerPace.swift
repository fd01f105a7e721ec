internal import LinuxHost
internal import VMM

/// How far apart the deadlines of a measured timer are: in whole ticks of that timer, and not quite what was
/// asked for.
struct TimerPace: Equatable {
  /// From when a timer that counts down is set to its first deadline, in nanoseconds.
  let first: UInt64
  /// Nanoseconds from a deadline of a schedule to the next.
  let period: Double
  /// Microseconds: the period below which KVM lets none of its timers go, where this one is below.
  let limit: Int?

  /// The frequency of which the guest `deadlines` takes a PIT to be.
  private static let guestPITHertz: UInt64 = 1_193_182
  /// The one that KVM's has.
  private static let kernelPITHertz: UInt64 = 1_193_181

  /// The pace of a timer.
  ///
  /// - Parameters:
  ///   - timer: The timer.
  ///   - shape: Whether its deadlines are a schedule.
  ///   - microseconds: The period that was asked for.
  ///   - hertz: The frequency of a timer that is set to a deadline.
  ///   - limit: The shortest period of KVM's periodic timers, in microseconds.
  init(
    _ timer: MeasuredTimer, _ shape: DeadlineShape, microseconds: Int, hertz: UInt64, limit: Int
  ) {
    let asked = UInt64(microseconds)
    guard timer.countsDown else {
      period = Double(asked * hertz / 1_000_000) * 1e9 / Double(hertz)
      first = 0
      self.limit = nil
      return
    }
    let interval =
      timer == .pit
      ? asked * Self.guestPITHertz / 1_000_000 * 1_000_000_000 / Self.kernelPITHertz : asked * 1000
    let shortest = shape == .periodic ? UInt64(limit) * 1000 : 0
    period = Double(max(interval, shortest))
    // The PIT's limit does not apply to the first interval.
    first = timer == .pit ? interval : max(interval, shortest)
    self.limit = interval < shortest ? limit : nil
  }

  /// The pace on this host of a timer that a run used.
  ///
  /// - Parameters:
  ///   - timer: The timer.
  ///   - shape: Whether its deadlines are a schedule.
  ///   - period: The period that was asked for, in microseconds.
  ///   - scale: What the run's counters say.
  ///   - kilohertz: The frequency of a guest's TSC.
  init(
    _ timer: MeasuredTimer, _ shape: DeadlineShape, _ period: Int, _ scale: DeadlineScale,
    kilohertz: Int
  ) {
    let hertz =
      switch timer {
      case .countCompare: scale.countFrequency
      case .generic: scale.counterFrequency
      case .tscDeadline, .pit, .apic: UInt64(kilohertz) * 1000
      }
    self.init(timer, shape, microseconds: period, hertz: hertz, limit: Self.kernelLimit)
  }

  /// `kvm.min_timer_period_us` of this host, or what it is by default where the kernel does not say.
  static var kernelLimit: Int {
    let file = "/sys/module/kvm/parameters/min_timer_period_us"
    let bytes = (try? HostFile.contents(of: file, limit: 32)) ?? nil
    return bytes.flatMap { Int(String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self)) } ?? 200
  }
}
