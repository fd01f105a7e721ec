internal import KVM

/// What plants do to a state that was read.
extension ToyState {
  /// Damages it.
  mutating func damage(_ plant: TorturePlant) {
    switch plant {
    case .loseIRR: changeLocalAPIC { $0.clear(.request) }
    case .double: changeLocalAPIC { $0.insert(Self.vector, in: .request) }
    case .staleDeadline:
      changeLocalAPIC { page in
        // A count that is about to end, of a timer that has been started.
        if page[.initialCount] != 0 { page[.currentCount] = 1 }
      }
      // 1 is long past, and 0 would be disarmed.
      if parts[.deadline] != nil { parts[.deadline] = [1, 0, 0, 0, 0, 0, 0, 0] }
    case .dropEvents:
      guard let events = parts[.events], events.count >= Self.eventFlags.upperBound else { return }
      // The flags say which fields count; without them nothing would be dropped.
      parts[.events] = events.indices.map { Self.eventFlags.contains($0) ? events[$0] : 0 }
    case .wrongOrder: break
    }
  }

  /// Where a `kvm_vcpu_events` has its flags.
  private static let eventFlags = 20..<24
  /// The one vector of ours that guests take.
  private static let vector: UInt8 = 0x40

  /// Changes the local APIC's registers, if they were read.
  mutating func changeLocalAPIC(_ change: (inout LocalAPICPage) -> Void) {
    guard let bytes = parts[.localAPIC] else { return }
    var page = LocalAPICPage(bytes)
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
