/// What plants do to a state that was read.
extension ToyState {
  /// Damages it.
  mutating func damage(_ plant: TorturePlant) {
    switch plant {
    case .loseIRR: changeLocalAPIC { $0.clear(LocalAPICPage.requested) }
    case .double: changeLocalAPIC { $0.insert(LocalAPICPage.requested, Self.vector) }
    case .staleDeadline:
      changeLocalAPIC { page in
        // A count that is about to end, of a timer that has been started.
        if page[LocalAPICPage.initialCount] != 0 { page[LocalAPICPage.currentCount] = 1 }
      }
      // 1 is long past, and 0 would be disarmed.
      if parts[.deadline] != nil { parts[.deadline] = [1, 0, 0, 0, 0, 0, 0, 0] }
    case .dropEvents:
      if let events = parts[.events] { parts[.events] = [UInt8](repeating: 0, count: events.count) }
    case .wrongOrder: break
    }
  }

  /// The one vector of ours that guests take.
  private static let vector: UInt8 = 0x40

  private mutating func changeLocalAPIC(_ change: (inout LocalAPICPage) -> Void) {
    guard let bytes = parts[.localAPIC], var page = LocalAPICPage(bytes) else { return }
    change(&page)
    parts[.localAPIC] = page.bytes
  }

  /// Takes back what a restore would make of a one-shot that has been delivered.
  ///
  /// A count that has ended, with nothing of it pending, was delivered: its initial count, which a restore would
  /// start once more, is taken away. Assumes: what had expired is in IRR
  /// (``ToyMachine/settlePendingTimers()``).
  mutating func forgetWhatIsSpent() {
    changeLocalAPIC { page in
      if page.isOneShot, page[LocalAPICPage.currentCount] == 0 { page[LocalAPICPage.initialCount] = 0 }
    }
  }
}

extension TorturePlant {
  /// The order of ``wrongOrder``, from one that is right.
  static func wrongOrder(of sets: [TorturePart]) -> [TorturePart] {
    let first: [TorturePart] = [.deadline, .ioapic, .events, .runState]
    return first.filter(sets.contains) + sets.filter { !first.contains($0) }
  }
}
