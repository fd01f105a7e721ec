internal import Exploration
internal import TimerModels

// Everything that can be read, and written that is to be refused or to change nothing: on copies, so that the
// world stays as it is.

extension CountCompareWorld {
  func look() -> Step {
    switch place {
    case .software:
      let fault = registerFault ?? refusalFault ?? effectFault ?? takenFault
      return fault.map { .violated($0) } ?? .done
    case .read: return driftFault.map { .violated($0) } ?? .done
    case .hardware, .loading, .reading: return .impossible
    }
  }

  /// Cause as the architecture has it: TI is bit 30, and IP7 with it; DC is bit 27.
  private var causeBits: UInt32 {
    (ideal.isPending ? 0x4000_8000 : 0) | (ideal.isDisabled ? 0x0800_0000 : 0)
  }

  /// The guest's registers, and KVM's by which the host reads them.
  private var registerFault: Property? {
    var timer = host.timer
    let reads: [(CountCompareHostAccess, UInt64)] = [
      (.readCount, UInt64(ideal.count)), (.readCompare, UInt64(ideal.compare)),
      (.readCause, UInt64(causeBits)), (.readControl, ideal.isMasterDisabled ? 1 : 0),
      (.readFrequency, ideal.rate.hertz),
      // Without meaning while Count is not stopped.
      (.readResume, ideal.isMasterDisabled ? ideal.resumeTime : 0),
    ]
    for (access, right) in reads {
      guard let value = try? timer.perform(at: instant, host: access) else { return .refused }
      if value != right { return .registerValue }
    }
    guard timer.perform(at: instant, guest: .readCompare) == ideal.compare,
      timer.perform(at: instant, guest: .readCause) == causeBits
    else { return .registerValue }
    return nil
  }

  /// What the host cannot have, and what it can just have (CC-11, CC-15, CC-16).
  private var refusalFault: Property? {
    let refused: [CountCompareHostAccess] = [
      .writeControl(2), .writeControl(.max), .writeResume(now + 1), .writeFrequency(0),
      .writeFrequency(1_000_000_001),
    ]
    for access in refused {
      var timer = host.timer
      guard (try? timer.perform(at: instant, host: access)) == nil, timer == host.timer else {
        return .accepted
      }
    }
    for access: CountCompareHostAccess in [.writeResume(now), .writeFrequency(1)] {
      var timer = host.timer
      guard (try? timer.perform(at: instant, host: access)) != nil else { return .refused }
    }
    return nil
  }

  /// Of what the guest writes to Cause, DC, IV, IP1 and IP0 are taken (CC-9).
  ///
  /// The host writes all of it, and IP7 follows TI (CC-10). What stands there already changes nothing.
  private var effectFault: Property? {
    var right = host.timer
    _ = right.perform(at: instant, guest: .readCause)
    var timer = host.timer
    let running: UInt32 = ideal.isDisabled ? .max : ~0x0800_0000
    // A write reads nothing.
    guard timer.perform(at: instant, guest: .writeCause(running)) == 0,
      timer.perform(at: instant, guest: .readCause) == causeBits | 0x0080_0300
    else {
      return .effect
    }
    timer.perform(at: instant, guest: .writeCause(causeBits & 0x0800_0000))
    guard timer == right else { return .effect }
    let pending: UInt32 = ideal.isPending ? 0x4000_0000 : 0x8000
    for (bits, shown): (UInt32, UInt32) in [(0x0080_0300, 0x0080_0300), (0, 0)] {
      let cause = pending | causeBits & 0x0800_0000 | bits
      guard (try? timer.perform(at: instant, host: .writeCause(cause))) != nil,
        timer.perform(at: instant, guest: .readCause) == causeBits | shown
      else { return .effect }
    }
    for access: CountCompareHostAccess in [
      .writeCompare(ideal.compare), .writeFrequency(ideal.rate.hertz),
      .writeControl(ideal.isMasterDisabled ? 1 : 0),
    ] {
      let before = timer
      guard (try? timer.perform(at: instant, host: access)) == 0, timer == before else {
        return .effect
      }
    }
    return nil
  }

  /// An interrupt is taken with IE set, EXL and ERL clear, and its bit of IM set.
  private var takenFault: Property? {
    let bits: [(CP0Status, UInt32)] = [
      (.interruptEnable, 1), (.exceptionLevel, 2), (.errorLevel, 4), (.interruptMask7, 0x8000),
    ]
    if bits.contains(where: { $0.0.rawValue != $0.1 }) { return .taken }
    for status: UInt32 in 0..<8 {
      for mask: UInt32 in [0, 0x8000, 0x7f00, 0xff00] {
        let isTaken = CP0Status(rawValue: status | mask).wouldTakeInterrupt(
          cause: CP0Cause(rawValue: causeBits))
        if isTaken != (status == 1 && mask & causeBits & 0xff00 != 0) { return .taken }
      }
    }
    return nil
  }

  // MARK: - Hardware

  /// A Count that drifted in hardware: a little behind it jumps forward, further behind or ahead of the present
  /// it continues from where it is (CC-20).
  private var driftFault: Property? {
    let late = ideal.count &- hardware.count
    for drift: Int32 in [-0x10001, -0x10000, -1, Int32(late), Int32(late) + 1] {
      let after = hardware.count &+ UInt32(bitPattern: drift)
      let isKept = drift < -0x10000 || drift > Int32(late)
      let present = drift < -0x10000 ? after &+ late : isKept ? after : ideal.count
      for before in [after &- 2, after] {
        var timer = host.timer
        let correction = timer.takeBack(
          at: instant,
          HardwareTimerReading(
            compare: ideal.compare, time: Instant(nanoseconds: hardware.time), countBefore: before,
            cause: hardware.isPending ? .timerInterrupt : [], countAfter: after))
        let isPending =
          hardware.isPending || isPassed(from: before, to: after)
          || isPassed(from: after, to: present)
        guard timer.interruptLine == isPending,
          correction == (isKept ? drift - (drift > 0 ? Int32(late) : 0) : 0),
          timer.perform(at: instant, guest: .readCount) == present
        else { return .drift }
      }
    }
    return nil
  }

  /// Whether a Count that goes from one value to another comes to Compare, by no more than half a wrap.
  private func isPassed(from start: UInt32, to end: UInt32) -> Bool {
    let (way, distance) = (end &- start, ideal.compare &- start)
    return way < 1 << 31 && distance > 0 && distance <= way
  }
}
