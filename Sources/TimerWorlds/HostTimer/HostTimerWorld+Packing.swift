public import Exploration
internal import TimerModels

// A state in few bits: all instants are near the present.

extension HostTimerWorld {
  /// Whether the plan holds nothing beside its state.
  public static var isPacked: Bool {
    MemoryLayout<Plan>.size == MemoryLayout<HostTimerState>.size
  }

  /// Names everything but the numbers of the plan, which nothing changes.
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {
    code(&alarm, by: &coder)
    code(&plan.state.armed, by: &coder)
    coder.code(&plan.state.isOwnerWaiting)
    code(&plan.state.pacing.earliest, by: &coder)
    coder.code(&plan.state.pacing.deferrals, expecting: 0, bits: 8)
    coder.code(&isOwnerWaiting)
    coder.code(&load, expecting: 0, bits: 5)
    coder.code(&now, expecting: Self.present, bits: 5)
    codeTimer(by: &coder)
    codeSupervisor(by: &coder)
  }

  private mutating func codeTimer<Coder: StateCoder>(by coder: inout Coder) {
    var kind: UInt64 = 0
    var expiry = instant
    switch timer {
    case .idle: kind = 0
    case .readable: kind = 1
    case .pending(let instant): (kind, expiry) = (2, instant)
    }
    coder.code(&kind, bits: 2)
    if kind == 2 { code(&expiry, by: &coder) }
    if coder.isUnpacking { timer = kind == 0 ? .idle : kind == 1 ? .readable : .pending(expiry) }
  }

  private mutating func codeSupervisor<Coder: StateCoder>(by coder: inout Coder) {
    var kind: UInt64 = 0
    var expiry = instant
    switch supervisor {
    case .polling: kind = 0
    case .seen: kind = 1
    case .serving(nil): kind = 2
    case .serving(.disarm): kind = 3
    case .serving(.take): kind = 4
    case .serving(.arm(let instant)): (kind, expiry) = (5, instant)
    }
    coder.code(&kind, bits: 3)
    if kind == 5 { code(&expiry, by: &coder) }
    guard coder.isUnpacking else { return }
    switch kind {
    case 0: supervisor = .polling
    case 1: supervisor = .seen
    case 2: supervisor = .serving(nil)
    case 3: supervisor = .serving(.disarm)
    case 4: supervisor = .serving(.take)
    default: supervisor = .serving(.arm(expiry))
    }
  }

  private func code<Coder: StateCoder>(_ part: inout Instant, by coder: inout Coder) {
    coder.code(&part.nanoseconds, expecting: now, bits: 6)
  }

  private func code<Coder: StateCoder>(_ part: inout Instant?, by coder: inout Coder) {
    coder.code(&part, from: .origin) { instant, coder in
      coder.code(&instant.nanoseconds, expecting: Self.present, bits: 6)
    }
  }
}
