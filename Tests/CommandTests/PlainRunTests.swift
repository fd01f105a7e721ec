import ArgumentParser
import Testing

@testable import swvmm

@Suite("Command lines that need no option parser")
struct PlainRunTests {
  @Test(
    "What is read without the parser is what the parser reads",
    arguments: [
      ["hello"], ["hello", "--"], ["hello", "--", "a", "--", "-b"], ["./hello"],
      ["--memory", "64M", "hello"], ["hello", "--memory", "1M", "--memory", "2M"],
      ["hello", "--timeout", "500ms", "--", "--timeout", "1"], ["--cpus", "2", "smp-hello"],
      ["hello", "--cpus", "99"], ["hello", "--irqchip", "split", "--clock", "host"],
      ["hello", "--clock", "virtual", "--timeout", "10"],
    ])
  func agrees(words: [String]) throws {
    let plain = try #require(RunRequest(plain: ["run"] + words))
    let parsed = try Run.parse(words).request()
    #expect("\(plain)" == "\(parsed)")
  }

  @Test(
    "Everything else is left to the parser",
    arguments: [
      [], ["--help"], ["hello", "--help"], ["hello", "x"], ["-"], [""], ["--", "hello"],
      ["hello", "--memory"], ["hello", "--memory", "x"], ["hello", "--memory=64M"],
      ["hello", "--timeout", "0"], ["hello", "--cpus", "-1"], ["hello", "--cpus", "two"],
      ["hello", "--irqchip", "none"], ["hello", "--clock", "Host"], ["hello", "--stats"],
      ["hello", "--snapshot-on", "mark=1", "file"],
    ])
  func leaves(words: [String]) {
    let plain = RunRequest(plain: ["run"] + words)
    #expect(plain.map { "\($0)" } == nil)
  }
}
