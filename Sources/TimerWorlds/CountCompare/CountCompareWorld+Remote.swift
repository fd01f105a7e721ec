internal import Exploration
internal import Synchronization
internal import TimerModels

// A timer that answers from afar: what all actions will ask of it is asked at once.

extension CountCompareWorld {
  /// Finds out what the actions will ask of the timer, and has it carry that out in one go.
  public mutating func prepare(for actions: [CountCompareAction]) {
    guard Host.Timer.isRemote else { return }
    let log = CountCompareRecorder.Log()
    let recorder = CountCompareRecorder(
      log: log, ideal: ideal, now: instant, alarm: host.timer.alarm)
    let twin = CountCompareWorld<PlainCountCompareHost<CountCompareRecorder>>(
      of: self, with: PlainCountCompareHost(timer: recorder))
    for action in actions {
      var next = twin
      _ = next.perform(action)
    }
    host.timer.prepare(log.sequences.withLock { $0 })
  }

  /// The same world with another timer in it.
  private init<Other: CountCompareHost>(of other: CountCompareWorld<Other>, with host: Host) {
    self.host = host
    ideal = other.ideal
    compareWrite = other.compareWrite.map {
      CompareWrite(compare: $0.compare, context: $0.context)
    }
    place = Place(rawValue: other.place.rawValue) ?? .software
    isWritingCause = other.isWritingCause
    now = other.now
    home = other.home
  }
}
