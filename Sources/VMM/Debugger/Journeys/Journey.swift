/// Where to go back to.
enum Journey: Hashable, Sendable {
  /// Before the last instruction of a vCPU.
  case step(cpu: Int)
  /// To the last breakpoint.
  case run
}
