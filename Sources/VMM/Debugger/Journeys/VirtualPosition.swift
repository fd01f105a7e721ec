/// An instant of a run in virtual time.
///
/// A run is a function of its start, so an instant needs no clock: it is told by how many turns were taken
/// before it, and how many instructions of the turn in hand. (A turn ends with an instruction that exits. An
/// interrupt that is taken, and each round of a repeated instruction, count as instructions.)
struct VirtualPosition: Hashable, Comparable, Sendable {
  /// Turns that are complete; a wait for an alarm is one, too.
  var turns: UInt64 = 0
  /// Instructions since.
  var instructions = 0

  static func < (left: Self, right: Self) -> Bool {
    (left.turns, left.instructions) < (right.turns, right.instructions)
  }
}
