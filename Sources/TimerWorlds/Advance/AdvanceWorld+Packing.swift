public import Exploration
internal import TimerModels

// A state in few bits: all instants are near the present, which is the same in all states, as is the policy.

extension AdvanceWorld {
  /// Whether the rules hold nothing beside their state.
  public static var isPacked: Bool {
    MemoryLayout<Rules>.size == MemoryLayout<AdvanceState>.size
      && MemoryLayout<Time>.size == MemoryLayout<Instant>.size
  }

  /// Names everything but the policy and the present.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    codeTimer(by: &coder)
    codeOwner(by: &coder)
    coder.code(&rules.state.least, from: 0) { least, coder in coder.code(&least, bits: 2) }
    coder.code(&rules.state.earlyEntries, expecting: 0, bits: 4)
    coder.code(&entryTicks, bits: 2)
    coder.code(&seen, expecting: rules.state.least ?? 0, bits: 3)
    coder.code(&isWarned)
  }

  private mutating func codeTimer<Coder: StateCoder>(by coder: inout Coder) {
    coder.code(&deadline, from: .origin) { [now] in $1.code(&$0, near: now) }
    coder.code(&alarm, from: .origin) { [deadline, now] in
      $1.code(&$0, near: deadline?.nanoseconds ?? now)
    }
    coder.code(&isLineHigh)
    coder.code(&told, near: now)
    coder.code(&time.reached, near: now - Self.memory)
  }

  private mutating func codeOwner<Coder: StateCoder>(by coder: inout Coder) {
    var (kind, entry) = (UInt64(0), instant)
    switch owner {
    case .running: kind = 0
    case .waiting: kind = 1
    case .out: kind = 2
    case .entering(let begun): (kind, entry) = (3, begun)
    }
    coder.code(exactly: &kind, bits: 2)
    if kind == 3 { coder.code(&entry, near: now) }
    guard coder.isUnpacking else { return }
    switch kind {
    case 0: owner = .running
    case 1: owner = .waiting
    case 2: owner = .out
    default: owner = .entering(entry)
    }
  }
}

extension StateCoder {
  /// Names an instant near another one.
  fileprivate mutating func code(_ instant: inout Instant, near expected: UInt64) {
    code(&instant.nanoseconds, expecting: expected, bits: 5)
  }
}
