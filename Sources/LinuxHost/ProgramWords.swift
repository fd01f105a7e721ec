internal import CLinuxHost

/// The words that this program was started with, behind its name; none in a program without the target CStart.
///
/// *Why not* `CommandLine.arguments`: the type of an array of strings is found by name, which takes a twentieth of
/// what it takes to boot a guest. Each word is made when it is asked for.
public struct ProgramWords: RandomAccessCollection, Sendable {
  /// 0.
  public let startIndex = 0
  /// How many words there are.
  public let endIndex: Int

  /// The words.
  public init() {
    var count: Int32 = 0
    // SAFETY: the call writes a local.
    _ = unsafe chost_words(&count)
    endIndex = Swift.max(Int(count) - 1, 0)
  }

  /// A word, from 0.
  public subscript(index: Int) -> String {
    precondition(indices.contains(index), "word \(index) of \(count)")
    guard let word = unsafe chost_word(Int32(index + 1)) else {
      preconditionFailure("fewer words than there were")
    }
    // SAFETY: a word ends with a 0, and the C library keeps it as long as the program runs.
    return unsafe String(cString: word)
  }
}
