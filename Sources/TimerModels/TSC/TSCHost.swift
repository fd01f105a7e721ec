/// One reading of the host's two clocks, which KVM takes together when a TSC is written.
public struct TSCHostTime: Hashable, Sendable {
  /// CLOCK_MONOTONIC_RAW, counted from boot; KVM's `get_kvmclock_base_ns`.
  public var instant: Instant
  /// What RDTSC gives on the host.
  public var tsc: UInt64

  /// Creates a reading.
  public init(instant: Instant, tsc: UInt64) {
    self.instant = instant
    self.tsc = tsc
  }
}

/// How the host's processors scale a guest's TSC.
public struct TSCScaling: Hashable, Sendable {
  /// The bits of a ratio that stand for its fraction: 32 with SVM, 48 with VMX.
  public var fractionBits: UInt8
  /// The least ratio that is too large.
  public var limit: UInt64

  /// AMD's: 8 bits before the point and 32 behind it.
  public static let svm = TSCScaling(fractionBits: 32, limit: 0xff_ffff_ffff)
  /// Intel's: 16 bits before the point and 48 behind it.
  public static let vmx = TSCScaling(fractionBits: 48, limit: .max)

  /// The ratio of 1, with which nothing is scaled.
  public var unity: UInt64 { 1 << UInt64(fractionBits) }

  /// A value times a ratio, rounded down, modulo 2^64; the ratio of 1 changes nothing.
  public func scale(_ value: UInt64, by ratio: UInt64) -> UInt64 {
    UInt64(truncatingIfNeeded: (UInt128(value) * UInt128(ratio)) >> UInt128(fractionBits))
  }

  /// The ratio of two frequencies, rounded down, or nil where the hardware has none for it.
  public func ratio(guest: UInt32, host: UInt32) -> UInt64? {
    let ratio = UInt128(unity) * UInt128(guest) / UInt128(host)
    return ratio == 0 || ratio >= UInt128(limit) ? nil : UInt64(ratio)
  }
}

/// What a host's TSC is like, as far as KVM cares.
public struct TSCHost: Hashable, Sendable {
  /// How fast it counts, in kHz, at least 1; the kernel's `tsc_khz`.
  public var frequency: TSCFrequency
  /// Whether the kernel trusts it: `check_tsc_unstable` says no.
  ///
  /// A kernel that finds it unstable never trusts it again.
  public var isStable: Bool
  /// Whether the kernel keeps its own time by it, the condition for a master clock.
  public var isClockSource: Bool
  /// How guests' TSCs can be scaled, or nil where they cannot.
  public var scaling: TSCScaling?

  /// Creates a description; by default of the usual host without scaling.
  public init(
    frequency: TSCFrequency, isStable: Bool = true, isClockSource: Bool = true,
    scaling: TSCScaling? = nil
  ) {
    self.frequency = frequency
    self.isStable = isStable
    self.isClockSource = isClockSource
    self.scaling = scaling
  }

  /// Whether a guest at this frequency can do with the host's, unscaled.
  ///
  /// Within 250 parts per million, the default of KVM's `tsc_tolerance_ppm`.
  public func tolerates(_ guest: TSCFrequency) -> Bool {
    let host = UInt64(frequency.kilohertz)
    let low = host * 999_750 / 1_000_000
    let high = host * 1_000_250 / 1_000_000
    return (low...high).contains(UInt64(guest.kilohertz))
  }

  /// `value`, which counts as the host does, as it counts with `ratio`.
  public func scale(_ value: UInt64, by ratio: UInt64) -> UInt64 {
    scaling?.scale(value, by: ratio) ?? value
  }
}
