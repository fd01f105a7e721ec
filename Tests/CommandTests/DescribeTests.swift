import JSON
import TestSupport
import Testing

/// What commands tell of themselves and of what they know.
@Suite("descriptions", .timeLimit(.minutes(2)))
struct DescribeTests {
  private func document(_ words: String) throws -> JSONNode {
    let result = shell("$SWVMM \(words)")
    #expect(result.status == 0, "\(words): \(result.errors)")
    return try JSONNode(parsing: Array(result.output.utf8))
  }

  @Test("--version has the commit, the compiler, the build and the checkpoints' version")
  func version() {
    let result = shell("$SWVMM --version")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 2, "\(result.output)")
    let commit = /swvmm, commit ([0-9a-f]{40}(-modified)?|unknown)/
    #expect(lines.first?.wholeMatch(of: commit) != nil, "\(result.output)")
    let build = /Swift \d+\.\d[^ ]*, (debug|release) build; checkpoints of version \d+/
    #expect(lines.last?.wholeMatch(of: build) != nil, "\(result.output)")
  }

  @Test("every document says what it is and what wrote it")
  func schemas() throws {
    let words = [
      "explore --json": "swvmm-models", "explore tsc --depth 1 --json": "swvmm-explore",
      "explore gic --describe --format json": "swvmm-model", "bugs --json": "swvmm-bugs",
      "bugs mips-freeze-lost-irq --json": "swvmm-bug", "images --json": "swvmm-images",
      "images tick --json": "swvmm-image", "replay count-compare:match --json": "swvmm-replay",
      "conform --example | $SWVMM conform --model mips --json -": "swvmm-conform",
      "tsc --example qemu-2.0-trace --json; true": "swvmm-tsc",
      "regress mips-freeze-lost-irq --json": "swvmm-regress",
      "regress mips-freeze-lost-irq --list --json": "swvmm-tests",
    ]
    for (words, schema) in words {
      let document = try document(words)
      #expect(document["schema"]?.value == .string(schema), "\(words)")
      #expect(document["version"]?.kind == "an integer", "\(words)")
      #expect(document["program"]?["commit"] != nil, "\(words)")
      for name in ["commandLine", "time", "kernel", "kvmModule", "processor", "loadAverage"] {
        #expect(document["provenance"]?[name] != nil, "\(words): \(name)")
      }
    }
  }

  @Test("each bug has its story, with the commands that show it; what is none is refused")
  func bugs() throws {
    guard case .array(let bugs) = try document("bugs --json")["bugs"]?.content else {
      Issue.record("no list of bugs")
      return
    }
    #expect(bugs.count > 50)
    for bug in bugs {
      guard case .string(let story) = bug["story"]?.value else { continue }
      #expect(story.contains("Where:"), "\(bug.value)")
      #expect(!story.contains("``") && !story.contains("*Where"), "\(story)")
    }
    let one = shell("$SWVMM bugs mips-freeze-lost-irq")
    for text in [
      "How it showed:", "swvmm explore --bug mips-freeze-lost-irq", "swvmm run freeze-race",
    ] {
      #expect(one.output.contains(text), "\(one.output)")
    }
    let unknown = shell("$SWVMM bugs nosuch")
    #expect(unknown.status == 64 && unknown.hasOneLineOfComplaint, "\(unknown)")
  }

  @Test(
    "a model's actions are words that replay takes, and its properties have a meaning",
    arguments: [
      "count-compare", "count-compare-hardware", "count-compare-context", "generic-timer", "gic",
      "tsc", "tsc-repaired", "host-timer", "rates",
    ])
  func models(model: String) throws {
    let description = try document("explore \(model) --describe --json")
    guard case .array(let actions) = description["actions"]?.content,
      case .array(let properties) = description["properties"]?.content
    else {
      Issue.record("\(description.value)")
      return
    }
    #expect(actions.count > 3 && !properties.isEmpty)
    for property in properties { #expect(property["text"]?.value != .string("")) }
    for action in actions.prefix(5) {
      guard case .string(let word) = action["word"]?.value else { continue }
      let replay = shell("$SWVMM replay '\(model):\(word)'")
      #expect(!replay.errors.contains("nothing that can happen"), "\(replay.errors)")
    }
    let text = shell("$SWVMM explore \(model) --describe").output
    #expect(text.contains("Properties") && text.contains("held in every state"), "\(text)")
  }

  @Test("a legend explains the columns of a table, where it is asked for")
  func legends() {
    let words = "explore --bug mips-freeze-lost-irq"
    #expect(!shell("$SWVMM \(words)").output.contains("time passes"))
    let explored = shell("$SWVMM \(words) --legend")
    #expect(explored.status == 1 && explored.output.contains("\ntime        time passes"))
    let replayed = shell("$SWVMM replay count-compare:match --legend")
    #expect(replayed.status == 0 && replayed.output.contains("\ncontroller  the interrupt line"))
    let refused = shell("$SWVMM torture --inject nmi hello --json --legend")
    #expect(refused.status == 64 && refused.errors.contains("--legend: there is no table"))
  }

  @Test("each guest says what it proves")
  func guests() {
    let result = shell(
      "for g in $($SWVMM images | cut -d' ' -f1); do $SWVMM images $g --describe || exit; done")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n").count { $0.hasPrefix("Proves: ") } > 40)
    #expect(shell("$SWVMM images nosuch").status == 66)
  }

  @Test(
    "the example script passes, and its grammar is printed", arguments: ["mips", "generic-timer"])
  func scripts(model: String) {
    let result = shell(
      "$SWVMM conform --model \(model) --example | $SWVMM conform --model \(model) -")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("scenarios passed"))
    let grammar = shell("$SWVMM conform --grammar")
    #expect(grammar.status == 0 && grammar.output.contains("read SRC -> X"))
    #expect(grammar.output.hasSuffix("disable.\n"))
    #expect(shell("$SWVMM conform --model mips").status == 64)
  }
}
