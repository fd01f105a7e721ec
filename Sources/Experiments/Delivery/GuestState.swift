/// What the guest does until it is interrupted.
public enum GuestState: String, CaseIterable, Sendable {
  case halted, busy, masked

  /// What the guest `deadlines` calls it.
  var guestNumber: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
