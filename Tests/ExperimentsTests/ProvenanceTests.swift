import Testing

@testable import Experiments

@Suite("Provenance")
struct ProvenanceTests {
  @Test(
    "a moment is written as ISO 8601 has it",
    arguments: [
      (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
      (951_782_400, "2000-02-29T00:00:00Z"), (951_868_800, "2000-03-01T00:00:00Z"),
      (1_735_689_599, "2024-12-31T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
    ] as [(UInt64, String)])
  func time(seconds: UInt64, text: String) {
    #expect(Provenance.timestamp(seconds: seconds) == text)
  }

  @Test(
    "a word of the command line is one for a shell",
    arguments: [
      ("--count=3", "--count=3"), ("", "''"), ("a b", "'a b'"), ("it's", "'it'\\''s'"),
      ("$HOME", "'$HOME'"), ("é", "'é'"),
    ])
  func quoting(word: String, text: String) {
    #expect(Provenance.quoted(word) == text)
  }
}
