/// What plants do to a state that was read.
extension ToyState {
  /// Damages it.
  mutating func damage(_ plant: TorturePlant) {
    switch plant {
    case .loseIRR: changeLocalAPIC { $0.clear(LocalAPICRegisters.requested) }
    case .double: changeLocalAPIC { $0.insert(LocalAPICRegisters.requested, Self.vector) }
    case .staleDeadline:
      changeLocalAPIC { page in
        // A count that is about to end, of a timer that has been started.
        if page[LocalAPICRegisters.initialCount] != 0 { page[LocalAPICRegisters.currentCount] = 1 }
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

  private mutating func changeLocalAPIC(_ change: (inout LocalAPICRegisters) -> Void) {
    guard let bytes = parts[.localAPIC], var page = LocalAPICRegisters(bytes) else { return }
    change(&page)
    parts[.localAPIC] = page.bytes
  }
}

extension TorturePlant {
  /// The order of ``wrongOrder``, from one that is right.
  static func wrongOrder(of sets: [TorturePart]) -> [TorturePart] {
    let first: [TorturePart] = [.deadline, .ioapic, .events, .runState]
    return first.filter(sets.contains) + sets.filter { !first.contains($0) }
  }
}
