/// Why an entry of a list is not run, as a phrase.
struct UnitTestRefusal: Error, Hashable {
  let reason: String

  init(_ reason: String) { self.reason = reason }

  /// For something that the entry asks for.
  static func notHere(_ what: String) -> UnitTestRefusal {
    UnitTestRefusal("asks for \(what), which is not here")
  }
}
