/// What else the host's processor does.
public enum HostLoad: String, CaseIterable, Sendable {
  case none, busy
}
