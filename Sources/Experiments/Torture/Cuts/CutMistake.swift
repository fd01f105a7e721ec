/// Why a text is not a cut: the part that is wrong, and what would be right there.
public enum CutMistake: Error, Hashable, Sendable, CustomStringConvertible {
  /// So many parts between colons.
  case partCount(Int)
  /// An unknown subject.
  case subject(String)
  /// A boundary that is none.
  case boundary(String)
  /// A deadline's place that is none.
  case place(String)
  /// A place behind the request of that number, which is the last or not there.
  case placeBehindLast(DeadlinePlace)
  /// A rest that is none, or too long.
  case rest(String)
  /// A list of requests without its beginning, which is `get-` or `set-`.
  case list(String, beginning: String)
  /// A letter in a list that stands for no part of a machine's state.
  case letter(Character, list: String)
  /// A letter that is twice in a list.
  case twice(Character, list: String)
  /// A part that is written and not read.
  case notRead(TorturePart)
  /// A new VM that does not get the registers.
  case newVMWithoutRegisters
  /// Neither of the two VMs.
  case vm(String)
  /// An unknown plant.
  case plant(String)

  /// The form of a cut.
  public static let form =
    "SUBJECT:BOUNDARY:PLACE:restN:get-LETTERS:set-LETTERS:VM, and :PLANT where the state is damaged"

  /// A line without a full stop.
  public var description: String {
    switch self {
    case .partCount(let count):
      "it has \(count) \(count == 1 ? "part" : "parts") between colons, a cut 7 or 8: \(Self.form)"
    case .subject(let word):
      "'\(word)' is not a subject, which is one of \(Self.list(TortureSubject.allCases))"
    case .boundary(let word):
      "'\(word)' is not a boundary, which is exitN, stepN or haltN with N from 1 to \(CutBoundary.numberMax)"
    case .place(let word):
      "'\(word)' is not a deadline's place, which is natural, earlier, nearly, before, outside, later, or getN or setN "
        + "with N from 1 to \(TorturePart.allCases.count - 1)"
    case .placeBehindLast(let place):
      "'\(place.text)' is not between two requests: N is less than the number of letters of the list"
    case .rest(let word):
      "'\(word)' is not a rest, which is restN with N from 0 to \(Cut.restMax) microseconds"
    case .list(let word, let beginning): "'\(word)' does not begin with \(beginning)"
    case .letter(let letter, let list):
      "'\(letter)' in '\(list)' is not the letter of a part, which is one of "
        + TorturePart.allCases.map { "\($0.rawValue) \($0.name)" }.joined(separator: ", ")
    case .twice(let letter, let list): "'\(letter)' is twice in '\(list)'"
    case .notRead(let part):
      "set- has '\(part.rawValue)' (\(part.name)), which get- does not have: what is written is what was read"
    case .newVMWithoutRegisters:
      "a new VM needs the registers: 's' and 'r' in set-, or 'same' in place of 'new'"
    case .vm(let word): "'\(word)' is not a VM, which is same or new"
    case .plant(let word):
      "'\(word)' is not a plant, which is one of \(Self.list(TorturePlant.allCases))"
    }
  }

  private static func list(_ names: [some RawRepresentable<String>]) -> String {
    names.map(\.rawValue).joined(separator: ", ")
  }
}
