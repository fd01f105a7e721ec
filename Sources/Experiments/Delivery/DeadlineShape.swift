/// Whether deadlines follow a schedule, or each the one before.
public enum DeadlineShape: String, CaseIterable, Sendable {
  case oneShot = "one-shot"
  case periodic
}
