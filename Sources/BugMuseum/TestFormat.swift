/// How results of tests are written (``TestWriter``).
public enum TestFormat: String, Hashable, Sendable, CaseIterable {
  /// A line a test, and a closing count.
  case text
  /// JUnit's XML, as build servers read it.
  case junit
  /// The Test Anything Protocol, version 13.
  case tap
  /// One JSON document.
  case json
}
