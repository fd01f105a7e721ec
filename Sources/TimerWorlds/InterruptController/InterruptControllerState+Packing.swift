internal import Exploration
internal import TimerModels

// A controller's state in few bits: of its many interrupts a world uses a few.

extension InterruptControllerState {
  /// Names all parts, for as many CPUs as there are.
  mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&isForwarding)
    for index in 0..<cpuCount {
      var cpu = cpus[index]
      cpu.code(by: &coder)
      if coder.isUnpacking { cpus[index] = cpu }
    }
    shared.code(by: &coder, edges: 0)
    coder.code(&targets)
  }
}

extension InterruptControllerCPU {
  /// Names all parts.
  mutating func code<Coder: StateCoder>(by coder: inout Coder) {
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
  /// Names all parts; `edges` is what is mostly configured.
  mutating func code<Coder: StateCoder>(by coder: inout Coder, edges: UInt32) {
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

  /// Bytes that are mostly all 0.
  @inline(__always)
  fileprivate mutating func code<Bytes: SIMD>(_ bytes: inout Bytes) where Bytes.Scalar == UInt8 {
    var isClear = bytes == Bytes()
    code(&isClear)
    if isClear {
      if isUnpacking { bytes = Bytes() }
      return
    }
    for index in bytes.indices { code(&bytes[index], expecting: 0, bits: 9) }
  }
}
