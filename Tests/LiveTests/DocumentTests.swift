import JSON
import TestSupport
import Testing

extension Live {
  /// The documents of commands that need KVM (the others are CommandTests').
  @Suite("Documents", .requiresKVM, .timeLimit(.minutes(5)))
  struct DocumentTests {
    @Test("are what their schemas say", arguments: JSONCommands.onKVM.map(\.script))
    func documents(script: String) throws {
      let result = shell(script)
      let problems = try JSONSchema.problems(in: result.output)
      #expect(problems.isEmpty, "\(problems.prefix(5)) \(result.errors)")
      // A machine within a larger work has nothing to say of itself.
      #expect(!result.errors.contains("the run continues"), "\(result.errors)")
    }

    @Test("a trace for Perfetto is what its schema says")
    func trace() throws {
      let result = shell(
        "$SWVMM run gtick --clock virtual --trace t --trace-format perfetto -- 5 >/dev/null && cat t"
      )
      let start = try #require(result.output.firstIndex(of: "{"))
      let node = try JSONNode(parsing: Array(result.output[start...].utf8))
      let schema = try #require(try JSONSchema(of: "swvmm-run-trace"))
      let problems = schema.problems(in: node)
      #expect(problems.isEmpty, "\(problems.prefix(5))")
    }
  }
}
