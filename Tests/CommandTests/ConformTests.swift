import JSON
import TestSupport
import Testing

/// `swvmm conform` as a command; the scripts themselves are ExplorationTests' matter.
@Suite("conform", .timeLimit(.minutes(5)))
struct ConformTests {
  private static let script = """
    [
      {"id": "one", "title": "a match", "rule": "r",
       "ops": ["write compare count+10", "wait 11", "read ti -> ti"],
       "expect": {"ti": 1}},
      {"id": "two", "title": "no match", "rule": "r",
       "ops": ["write compare count+10", "wait 5", "read ti -> ti"],
       "expect": {"ti": EXPECTED}}
    ]
    """

  private func conform(
    _ script: String, expecting expected: String = "0", _ options: String = ""
  ) -> CommandResult {
    let folder = TemporaryFolder()
    let text = script.split(separator: "EXPECTED", omittingEmptySubsequences: false)
      .joined(separator: expected)
    let file = folder.file("script.json", Array(text.utf8))
    return shell("$SWVMM conform --model mips \(options) \(file)")
  }

  @Test(
    "a line a scenario and a closing count; 0 if all passed",
    arguments: ["", "--operation-cost 3"])
  func passing(options: String) {
    let result = conform(Self.script, options)
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("pass  one  a match\npass  two  no match\n"))
    #expect(result.output.hasSuffix("script.json: 2 of 2 scenarios passed\n"))
  }

  @Test("what fell short says what was expected and observed; 1")
  func failing() throws {
    let result = conform(Self.script, expecting: "1")
    #expect(result.status == 1)
    #expect(result.output.contains("FAIL  two  no match\n      ti: expected 1, observed 0\n"))
    #expect(result.output.hasSuffix("script.json: 1 of 2 scenarios passed\n"))
    let json = conform(Self.script, expecting: "1", "--json")
    #expect(json.status == 1)
    let document = try JSONNode(parsing: Array(json.output.utf8))
    #expect(document["reports"]?.kind == "an array")
  }

  @Test(
    "what is no script is an error with its place, never a pass",
    arguments: [
      ("[]", "no scenario"), ("", "script.json:1"), ("[", "script.json:1"), ("{}", "script.json:1"),
      (#"[{"id": "x", "title": "t", "ops": ["frobnicate"], "expect": {}}]"#, "x"),
      (#"[{"id": "x", "title": "t", "ops": ["read bogus -> a"], "expect": {}}]"#, "x"),
      (#"[{"id": "x", "title": "t", "ops": ["repeat 2 k"], "expect": {}}]"#, "x"),
      (#"[{"id": "x", "title": "t", "ops": ["let a = b"], "expect": {}}]"#, "x"),
      (#"[{"id": "x", "title": "t", "ops": ["let a = 1"], "expect": {"c": 1}}]"#, "x"),
    ])
  func malformed(script: String, place: String) {
    let result = conform(script)
    #expect(result.status == 65)
    #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    #expect(result.errors.contains(place), "\(result.errors)")
    #expect(result.output == "")
  }

  @Test("files and options that cannot be are named")
  func usage() {
    #expect(shell("$SWVMM conform --model mips /nowhere").status == 66)
    // The file is missed first: the model is asked for where there is something to run.
    #expect(shell("$SWVMM conform /nowhere").status == 66)
    let unasked = shell("echo '[]' >f; $SWVMM conform f")
    #expect(unasked.status == 64 && unasked.errors.contains("--model: of which timer"))
    #expect(shell("$SWVMM conform --model mips /").status == 65)
    #expect(shell("$SWVMM conform --model z80 /nowhere").status == 64)
    #expect(shell("$SWVMM conform --model mips --frequency 0 /nowhere").status == 64)
  }
}
