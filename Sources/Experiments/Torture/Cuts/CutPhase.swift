/// What a boundary lies in the middle of, as the kernel's own controllers say.
public enum CutPhase: String, CaseIterable, Hashable, Sendable, Comparable {
  /// Nothing is armed yet.
  case idle
  /// A deadline is armed and has not come.
  case armed
  /// The same, and the guest is halted.
  case halted
  /// An interrupt is in IRR.
  case requested = "in IRR"
  /// An interrupt is in ISR: the handler has not ended it.
  case inService = "in ISR"
  /// It was handled.
  case handled

  /// In the order in which a guest goes through them.
  public static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A boundary, and what it lies in the middle of.
public struct PhasedBoundary: Hashable, Sendable {
  /// The boundary.
  public let boundary: CutBoundary
  /// What it lies in the middle of.
  public let phase: CutPhase
}
