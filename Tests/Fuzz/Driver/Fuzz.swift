import Glibc
import LinuxHost

/// The program that scripts/fuzz runs: libFuzzer's main function with one of the targets.
///
/// `SWVMM_FUZZ_TARGET` names the target, and not an argument, because libFuzzer starts itself again with
/// its own arguments where it minimises. Beside libFuzzer's arguments there are four commands:
/// `--list`, `--unpack TARGET FOLDER`, `--large TARGET FOLDER` and `--pack TARGET FILE...`.
enum Fuzz {
  /// The target of this process.
  static let target: any FuzzTarget.Type = {
    let name = getenv("SWVMM_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTargets.named(name) else {
      fail("SWVMM_FUZZ_TARGET=\(name): no such target")
    }
    return target
  }()

  /// Carries out a command; returns where the arguments are libFuzzer's.
  static func performCommand(_ arguments: [String]) throws {
    switch (arguments.first, arguments.count) {
    case ("--list", 1):
      for target in FuzzTargets.all { print(target.name, target.obstacle ?? "", separator: "\t") }
    case ("--unpack", 3):
      let target = named(arguments[1])
      let kept = (try? KeptCorpus.inputs(of: target.name)) ?? []
      for (number, input) in try (kept + target.seeds()).enumerated() {
        try HostFile.write(input, to: "\(arguments[2])/kept-\(number)")
      }
    case ("--large", 3):
      for input in named(arguments[1]).largeInputs {
        try HostFile.write(input.make(), to: "\(arguments[2])/\(input.name)")
      }
    case ("--pack", 2...):
      let inputs = try arguments.dropFirst(2).compactMap { path in
        try HostFile.contents(of: path, limit: 1 << 20)
      }
      try KeptCorpus.keep(inputs, of: named(arguments[1]).name)
    default: return
    }
    exit(0)
  }

  private static func named(_ name: String) -> any FuzzTarget.Type {
    guard let target = FuzzTargets.named(name) else { fail("\(name): no such target") }
    return target
  }

  /// Ends the process as libFuzzer expects it of an input that broke something.
  static func fail(_ reason: String) -> Never {
    say("fuzz: \(reason)")
    abort()
  }

  /// Writes a line to standard error, where libFuzzer writes, too.
  static func say(_ line: String) {
    let text = line + "\n"
    _ = write(STDERR_FILENO, text, text.utf8.count)
  }
}

/// libFuzzer calls this first.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
  do {
    try Fuzz.performCommand(Array(CommandLine.arguments.dropFirst()))
    // What the target makes once for all inputs is not the first input's cost.
    _ = try Fuzz.target.seeds()
  } catch { Fuzz.fail("\(error)") }
  InputCost.reportAtExit()
  return 0
}

/// libFuzzer calls this with every input; nothing else of this program runs meanwhile.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: bytes, count: count))
  let before = InputCost.begin()
  do { try Fuzz.target.run(input) } catch { Fuzz.fail("\(error)") }
  let cost = InputCost.end(since: before)
  if let excess = cost.excess(ofBytes: count, weight: Fuzz.target.weight) { Fuzz.fail(excess) }
  return 0
}
