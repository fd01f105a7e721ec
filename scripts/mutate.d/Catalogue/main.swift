// One mutant of TimerModels against the catalogue, or against the parts of it that the arguments name:
// exit status 0 if nothing noticed, 1 if something did. What is being tried is printed before it is
// tried, so that a trap has an author.
import BugMuseum
import Conformance
import Exploration
import Glibc
import LinuxHost
import TimerModels

func begin(_ stage: String) {
  print(stage)
  fflush(nil)
}

func fail(_ shortfall: String) -> Never {
  print("  \(shortfall)")
  exit(1)
}

let words = Array(CommandLine.arguments.dropFirst())
var all = Regression(matching: words, threads: 1)
// The limit is processor time, which scripts/mutate sets.
all.secondsPerExhibit = 3600
for model in all.models {
  var one = all
  (one.models, one.exhibits) = ([model], [])
  begin("search \(model.name)")
  try one.run { if let shortfall = $0.shortfall { fail(shortfall) } }
}
for exhibit in all.exhibits {
  var one = all
  (one.models, one.exhibits) = ([], [exhibit])
  begin("exhibit \(exhibit.id)")
  try one.run { if let shortfall = $0.shortfall { fail(shortfall) } }
}

func conform<Machine: ConformanceMachine>(
  _ file: String, costNanoseconds: UInt64, on makeMachine: () -> Machine
) throws {
  guard words.isEmpty || words.contains(file) else { return }
  begin("conform \(file) at \(costNanoseconds) ns an operation")
  guard let bytes = try HostFile.contents(of: "Corpora/\(file)", limit: 1 << 28) else {
    preconditionFailure("\(file) is too large")
  }
  let report = try ConformanceCorpus<Machine.Vocabulary>(file: file, bytes: bytes)
    .run(on: makeMachine)
  if let result = report.results.first(where: { !$0.isPassed }) { fail(result.id) }
}

for cost in [0, 7] as [UInt64] {
  try conform("mips.json", costNanoseconds: cost) {
    CountCompareMachine<CountCompareTimer>(frequency: .default, costNanoseconds: cost)
  }
  try conform("arm.json", costNanoseconds: cost) {
    GenericTimerMachine<GenericTimer, InterruptController>(
      frequency: .default, costNanoseconds: cost)
  }
}
