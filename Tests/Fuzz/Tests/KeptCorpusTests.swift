import Testing

@Suite("Fuzzing targets")
struct KeptCorpusTests {
  @Test(
    "kept inputs and seeds break no promise",
    arguments: FuzzTargets.all.filter { $0.obstacle == nil }.map { $0.name })
  func keptInputs(name: String) throws {
    let target = try #require(FuzzTargets.named(name))
    let kept = try KeptCorpus.inputs(of: name)
    #expect(!kept.isEmpty)
    for (number, input) in try (kept + target.seeds()).enumerated() {
      #expect(throws: Never.self, "input \(number): \(input)") { try target.run(input) }
    }
  }

  @Test("no two targets have one name")
  func distinctNames() {
    #expect(Set(FuzzTargets.all.map { $0.name }).count == FuzzTargets.all.count)
  }
}
