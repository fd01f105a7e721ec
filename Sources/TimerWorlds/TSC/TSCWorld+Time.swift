internal import Exploration
internal import TimerModels

// Time and values: what makes the space of states finite.

extension TSCIdeal {
  /// What a TSC shows that was not written with 0: more than a second from that, and not what the host's shows.
  static let home: Int64 = 3_000_000_000_000
  /// The offset that gives it at the present.
  static let homeOffset: Int64 = 2_000_000_000_000
}

extension TSCWorld {
  /// How much time passes.
  public func duration(of action: TSCAction) -> UInt64 { action.kind.nanoseconds ?? 0 }

  /// When it always is.
  static var present: UInt64 { 1_000_000_000_000 }
  /// How long ago the last write is at most: longer ago is the same as this, since nothing matches after a second.
  private static var longestAge: Int64 { 2 * TSCIdeal.second }

  /// Moves the present, the last value and the generation's TSC to where they always are.
  ///
  /// What a write comes to follows from how long ago the last one was, from whether that was of 0, and from which
  /// vCPUs are in the set. The tracker's numbers are moved by as much as the ideal's: a difference between them
  /// stays.
  ///
  /// *Why the two values are moved each for itself:* the kernel remembers what was asked for and not what came of
  /// it, and from then on neither says anything of the other. Where it remembers what came of it, they go together.
  mutating func normalise() {
    guard isRelative, var last = ideal.last else { return }
    let past = Int64(nanoseconds - Self.present)
    nanoseconds = Self.present
    let age = Int64(Self.present) - (last.time - past)
    let time = past - max(0, age - Self.longestAge)
    let value = last.value == 0 ? 0 : last.value - TSCIdeal.home
    last.time -= time
    last.value -= value
    ideal.last = last
    tracker.state.lastInstant.nanoseconds &-= UInt64(bitPattern: time)
    tracker.state.lastWrite &-= UInt64(bitPattern: value)

    let shown =
      ideal.recordsEffective ? ideal.expected(of: 0, at: Int64(Self.present)) : TSCIdeal.home
    let offset = ideal.sharedOffset - (shown - Int64(Self.present))
    ideal.sharedOffset -= offset
    tracker.state.generationOffset &-= UInt64(bitPattern: offset)
    forgetVCPUs()
  }

  /// Blots out what is looked at only when it is written, and what only an entry asks for, which is none here.
  private mutating func forgetVCPUs() {
    ideal.start = .init(value: 0, time: 0)
    tracker.state.generationInstant = .origin
    tracker.state.generationWrite = 0
    tracker.state.lastOffset = 0
    let generation = tracker.state.generation
    for index in 0..<ideal.count {
      ideal.vcpus[index] = .init()
      var vcpu = TSCVCPU(
        frequency: tracker.state.vcpus[index].frequency, ratio: tracker.state.vcpus[index].ratio)
      vcpu.generation = tracker.state.vcpus[index].generation == generation ? 1 : 0
      tracker.state.vcpus[index] = vcpu
    }
    tracker.state.generation = 1
  }
}
