import TestSupport
import Testing

/// Our own models behind the protocol: everything is as it is in process.
@Suite("our models behind an adapter", .timeLimit(.minutes(3)))
struct OwnModelTests {
  private static let corpora: String = {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return "/" + parts.joined(separator: "/") + "/ConformanceTests/Corpora"
  }()

  @Test(
    "conformance gives the same bytes",
    arguments: [("mips", "count-compare"), ("arm", "generic-timer"), ("arm", "gic")])
  func conformance(model: String, kind: String) {
    let command = "$SWVMM conform --model \(model) '\(Self.corpora)/\(model).json'"
    let inProcess = shell(command)
    let served = shell("\(command) --device '\(AdapterProgram.ours(kind))'")
    #expect(inProcess.status == 0 && inProcess.output.contains("pass"))
    #expect(served.output == inProcess.output && served.status == 0, "\(served.errors)")
  }

  /// Worlds, and the models that are served for them; one of each kind, unless the run is thorough.
  private static let searches =
    [
      ("count-compare --depth 3", "count-compare"), ("gic-sgi", "gic"),
      ("gic --depth 3", "gic"), ("gic-spi --depth 4", "count-compare+generic-timer+gic"),
      ("generic-timer-checkpoint --depth 8", "generic-timer"),
    ]
    + (isThorough
      ? [
        ("count-compare-300mhz --depth 3", "count-compare"),
        ("count-compare --depth 3", "count-compare+generic-timer+gic"),
        ("gic-spi", "gic"), ("gic-ppi --depth 5", "gic"), ("gic-everything --depth 2", "gic"),
        ("count-compare-cause --depth 6", "count-compare"),
      ] : [])

  @Test("a search sees the same states, by as many ways, as deep", arguments: searches)
  func search(model: String, kinds: String) {
    // How many bytes a state takes is of the type in the model's place.
    func summary(_ result: CommandResult) -> String {
      result.output.split(separator: ",").dropLast().joined(separator: ",")
    }
    let inProcess = shell("$SWVMM explore \(model)")
    let served = shell("$SWVMM explore \(model) --device '\(AdapterProgram.ours(kinds))'")
    #expect(inProcess.status == 0 && summary(inProcess).contains("transitions"))
    #expect(summary(served) == summary(inProcess) && served.status == 0, "\(served.errors)")
  }

  @Test(
    "a search of a generic timer holds",
    arguments: ["generic-timer --depth 3"])
  func genericTimer(model: String) {
    let served = shell(
      "$SWVMM explore \(model) --device '\(AdapterProgram.ours("generic-timer"))'")
    #expect(served.status == 0 && served.output.contains(": held in"), "\(served.output)")
  }

  @Test(
    "regress finds no bug in them",
    arguments: isThorough
      ? [("count-compare", "mips", 16), ("gic", "gic", 22), ("generic-timer", "arm-timer", 12)]
      : [("count-compare", "mips-c", 4), ("gic", "gic-i", 3), ("generic-timer", "arm-e", 2)])
  func regress(kind: String, filter: String, count: Int) {
    let served = shell("$SWVMM regress --device '\(AdapterProgram.ours(kind))' \(filter)")
    #expect(
      served.status == 0 && served.output.hasSuffix("\(count) of \(count) passed\n"),
      "\(served.output)")
  }

  @Test(
    "they keep the contract, and a duel with themselves finds nothing",
    arguments: [
      "count-compare", "generic-timer", "gic", "generic-timer+gic",
      "count-compare+generic-timer+gic",
    ])
  func contract(kind: String) {
    let ours = AdapterProgram.ours(kind)
    let check = shell("$SWVMM device check '\(ours)'")
    #expect(check.status == 0 && !check.output.contains("broken"), "\(check.output)")
    let operations = repetitions(4000, atLeast: 1000)
    #expect(shell("$SWVMM device duel '\(ours)' --operations \(operations)").status == 0)
  }

  @Test("garbage at its input ends the server in one line")
  func garbage() {
    #expect(
      shell("head -c 4096 /dev/zero | $SWVMM device serve gic").isRefusal(saying: "not a request"))
    #expect(shell("yes | $SWVMM device serve gic").isRefusal(saying: "not a request"))
    #expect(shell("$SWVMM device serve gic </dev/null").status == 0)
  }

  @Test(
    "the example in Python keeps the contract", .enabled(if: AdapterProgram.hasPython, "no Python"))
  func python() {
    let result = shell("$SWVMM device check \"\(AdapterProgram.python)\"")
    #expect(
      result.status == 0 && result.output.contains("python-timer: count-compare"),
      "\(result.errors)")
  }

  @Test(
    "the example in Rust keeps the contract",
    .enabled(if: AdapterProgram.hasRust, "no Rust compiler"))
  func rust() {
    let result = shell("$SWVMM device check \(AdapterProgram.rust())")
    #expect(
      result.status == 0 && result.output.contains("rust-timer: count-compare"), "\(result.errors)")
  }
}
