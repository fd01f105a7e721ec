internal import TimerModels

/// An adapter's answer to a ``DeviceRequest``, of which nothing is believed but what was compared with the request.
struct DeviceReply: Sendable {
  private let words: ContiguousArray<UInt64>
  /// How many operations it answers.
  let results: Int
  /// How many words a state has.
  private let stateWords: Int

  static let headerWords = 2
  static let resultWords = 3

  /// Wraps an answer.
  ///
  /// *Assumes:* as many words as the request implies.
  ///
  /// - Throws: ``AdapterProblem/malformed(_:)`` where a result's status is none.
  init(
    _ words: ContiguousArray<UInt64>, results: Int, stateWords: Int
  ) throws(AdapterProblem) {
    self.words = words
    self.results = results
    self.stateWords = stateWords
    for index in 0..<results where words[Self.place(of: index) + 2] >> 32 > 2 {
      throw .malformed("a result has an unknown status")
    }
  }

  private static func place(of result: Int) -> Int { headerWords + result * resultWords }

  /// What an operation came to.
  func result(_ index: Int) -> DeviceResult {
    let place = Self.place(of: index)
    let (alarm, last) = (words[place + 1], words[place + 2])
    return DeviceResult(
      value: words[place], alarm: alarm == .max ? nil : .init(nanoseconds: alarm),
      lines: UInt32(truncatingIfNeeded: last),
      status: last >> 32 == 0 ? .done : last >> 32 == 1 ? .refused : .unsupported)
  }

  /// Appends a saved state, by its number among the saved ones.
  func append(state index: Int, to other: inout ContiguousArray<UInt64>) {
    let start = Self.place(of: results) + index * stateWords
    for place in start..<start + stateWords { other.append(words[place]) }
  }

  /// A saved state, by its number among the saved ones.
  func state(_ index: Int) -> ArraySlice<UInt64> {
    let start = Self.place(of: results) + index * stateWords
    return ArraySlice(words[start..<start + stateWords])
  }
}
