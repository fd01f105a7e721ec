internal import Exploration
internal import TimerModels

// A controller's state in few bits: mostly it is as an ideal says, and else a world uses few of its interrupts.

extension InterruptControllerCPU {
  /// Names all parts, which are mostly as expected.
  @inline(__always)
  mutating func code<Coder: StateCoder>(
    by coder: inout Coder, expecting expected: InterruptControllerCPU
  ) {
    var differs = !coder.isUnpacking && !equals(expected)
    coder.code(&differs)
    if differs {
      codeParts(by: &coder)
    } else if coder.isUnpacking {
      self = expected
    }
  }

  /// *Why not ==:* that compares the bytes of the vectors one by one, which was a quarter of a search.
  @inline(__always)
  private func equals(_ other: InterruptControllerCPU) -> Bool {
    isEnabled == other.isEnabled && splitsCompletion == other.splitsCompletion
      && priorityMask == other.priorityMask && binaryPoint == other.binaryPoint
      && activePriorities == other.activePriorities && acknowledged == other.acknowledged
      && all(sources .== other.sources) && bank.equals(other.bank)
  }

  private mutating func codeParts<Coder: StateCoder>(by coder: inout Coder) {
    bank.code(by: &coder, edges: InterruptControllerState.sgiMask)
    coder.code(&isEnabled)
    coder.code(&splitsCompletion)
    coder.code(&priorityMask, expecting: 0xff, bits: 9)
    coder.code(&binaryPoint, expecting: 0, bits: 9)
    var active = UInt64(truncatingIfNeeded: activePriorities)
    var more = UInt64(truncatingIfNeeded: activePriorities >> 64)
    coder.code(wide: &active)
    coder.code(wide: &more)
    if coder.isUnpacking { activePriorities = UInt128(more) << 64 | UInt128(active) }
    coder.code(wide: &acknowledged)
    coder.code(&sources)
  }
}

extension InterruptBank {
  /// Names all parts, which are mostly as expected.
  @inline(__always)
  mutating func code<Coder: StateCoder>(by coder: inout Coder, expecting expected: InterruptBank) {
    var differs = !coder.isUnpacking && !equals(expected)
    coder.code(&differs)
    if differs {
      code(by: &coder, edges: 0)
    } else if coder.isUnpacking {
      self = expected
    }
  }

  @inline(__always)
  fileprivate func equals(_ other: InterruptBank) -> Bool {
    enabled == other.enabled && latched == other.latched && line == other.line
      && active == other.active && edge == other.edge && all(priorities .== other.priorities)
  }

  /// Names all parts; `edges` is what is mostly configured.
  fileprivate mutating func code<Coder: StateCoder>(by coder: inout Coder, edges: UInt32) {
    coder.code(word: &enabled, expecting: edges)
    coder.code(word: &latched)
    coder.code(word: &line)
    coder.code(word: &active)
    coder.code(word: &edge, expecting: edges)
    coder.code(&priorities)
  }
}

extension StateCoder {
  /// 32 bits of which mostly few differ from what is expected: the bytes that do.
  @inline(__always)
  fileprivate mutating func code(word: inout UInt32, expecting expected: UInt32 = 0) {
    var differs = word != expected
    code(&differs)
    guard differs else {
      if isUnpacking { word = expected }
      return
    }
    var difference = UInt64(word ^ expected)
    var isHigh = difference & 0xff_ffff == 0
    code(&isHigh)
    // The highest byte has the PPIs of timers.
    if isHigh {
      difference >>= 24
      code(&difference, bits: 8)
      difference <<= 24
    } else {
      code(&difference, bits: 20)
    }
    if isUnpacking { word = expected ^ UInt32(truncatingIfNeeded: difference) }
  }

  /// 64 bits of which mostly none is set, and else seldom one of the upper half.
  @inline(__always)
  fileprivate mutating func code(wide word: inout UInt64) {
    var isClear = word == 0
    code(&isClear)
    if isClear {
      if isUnpacking { word = 0 }
    } else {
      code(&word, bits: 42)
    }
  }

  /// The CPUs to which each SPI goes.
  @inline(__always)
  mutating func code(targets: inout SIMD32<UInt8>, expecting expected: SIMD32<UInt8>) {
    var differs = !isUnpacking && !all(targets .== expected)
    code(&differs)
    if differs {
      code(&targets)
    } else if isUnpacking {
      targets = expected
    }
  }

  /// Bytes that are mostly all 0.
  @inline(__always)
  fileprivate mutating func code<Bytes: SIMD>(_ bytes: inout Bytes) where Bytes.Scalar == UInt8 {
    var differs = !isUnpacking && bytes != Bytes()
    code(&differs)
    guard differs else {
      if isUnpacking { bytes = Bytes() }
      return
    }
    for index in bytes.indices { code(&bytes[index], expecting: 0, bits: 9) }
  }
}
