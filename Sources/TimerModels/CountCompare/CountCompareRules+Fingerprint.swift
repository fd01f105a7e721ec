extension CountCompareRules {
  /// Made of everything that the right timer holds.
  public var fingerprint: UInt64 {
    var hash = UInt64(state.bias) << 32 | UInt64(state.staticCount)
    hash = mixed(hash, UInt64(state.compare) << 32 | UInt64(state.cause.rawValue))
    hash = mixed(hash, UInt64(truncatingIfNeeded: state.expires) ^ state.frequency.hertz << 32)
    let flags: UInt64 = (state.isArmed ? 1 : 0) | (state.isMasterDisabled ? 2 : 0)
    return mixed(hash, state.resumeTime.nanoseconds ^ flags << 62)
  }

  private func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word &* 0x9e37_79b9_7f4a_7c15) &* 0xff51_afd7_ed55_8ccd
    return product ^ product >> 32
  }
}
