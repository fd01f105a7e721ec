internal import KVM

/// The instants of a run in virtual time to which it can be brought back at once.
///
/// *Guarantee:* there are at most ``momentsMax``: when there are more, every second goes, and they become
/// twice as rare. Pages that did not change between two are in memory once.
struct History {
  private(set) var moments: [MachineMoment] = []
  private var interval: UInt64 = 64

  static let momentsMax = 64

  /// Whether another instant is to be kept.
  func isDue(at position: VirtualPosition) -> Bool {
    guard let last = moments.last else { return true }
    return position.turns >= last.position.turns + interval
  }

  /// Adds an instant, later than the others.
  mutating func add(_ moment: MachineMoment) {
    moments.append(moment)
    guard moments.count > Self.momentsMax else { return }
    moments = moments.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    interval *= 2
  }

  /// Forgets everything but an instant, before which there is nothing from now on.
  mutating func begin(with moment: MachineMoment) {
    moments = [moment]
    interval = 64
  }

  /// The latest kept instant at or before another one.
  func latest(notAfter position: VirtualPosition) -> MachineMoment {
    guard let moment = moments.last(where: { $0.position <= position }) else {
      preconditionFailure("an instant before the first")
    }
    return moment
  }
}
