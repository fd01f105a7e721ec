import Glibc

/// Whether this host's processor is emulated, and every start of the command takes seconds.
///
/// `SWVMM_EMULATED` in the environment says so. What is done again and again is done less often there.
public let isEmulated = getenv("SWVMM_EMULATED") != nil

/// Whether what is repeated is repeated in full: `SWVMM_THOROUGH` in the environment says so.
public let isThorough = !isEmulated && getenv("SWVMM_THOROUGH") != nil

/// As often as said where the run is thorough, else a tenth of it, and a 25th where the processor is
/// emulated.
///
/// - Parameters:
///   - count: How often in full.
///   - least: How often at least, up to `count`.
/// - Returns: How often here.
public func repetitions(_ count: Int, atLeast least: Int = 1) -> Int {
  max(min(count, least), isThorough ? count : count / (isEmulated ? 25 : 10))
}
