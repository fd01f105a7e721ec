/// What an input made untrue.
struct BrokenPromise: Error, CustomStringConvertible {
  let description: String
}

/// Demands what must be true for every input.
func promise(_ holds: Bool, _ what: @autoclosure () -> String) throws(BrokenPromise) {
  guard holds else { throw BrokenPromise(description: what()) }
}
