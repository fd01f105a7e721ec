import Foundation
import TestSupport
import Testing

/// One grammar for values, in every option.
@Suite("values", .timeLimit(.minutes(5)))
struct ValueTests {
  @Test(
    "times, sizes, shares and frequencies have units; a number alone means what it meant",
    arguments: [
      "explore tsc --depth 1 --timeout 1m", "explore tsc --depth 1 --timeout 500ms",
      "explore tsc --depth 1 --seconds 60", "explore tsc --depth 1 --timeout 1e2",
      "conform --model mips --operation-cost 5ns --frequency 100MHz --timeout 60s s.json",
      "conform --model mips --operation-cost 0.005us --frequency 100000000 --timeout 0.5 s.json",
      "conform --model count-compare --frequency 0.1GHz s.json",
      "conform --model arm --frequency 62.5MHz arm.json",
      "conform --model generic-timer arm.json",
      "tsc --timeout 1.5s --pid 1,2 --pid 3 none 2>&1 | grep -q 'open of none'",
    ])
  func units(words: String) {
    let result = shell("\(Self.scripts); $SWVMM \(words)")
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test(
    "a value that is none names what is valid and the command's own help",
    arguments: [
      (
        "run hello --timeout 1x", "a time such as 500us, 1.5s or 2m, or a number of seconds",
        "run"
      ),
      ("run hello --advance 5s", "off, auto, or a time such as 500us", "run"),
      ("measure --advance soon", "from 0ns to 100us", "measure"),
      ("run hello --gdb 1234", "tcp:PORT, with a port from 0 to 65535, or unix:PATH", "run"),
      ("replay gic:x --gdb tcp:99999", "tcp:PORT, with a port", "replay"),
      ("torture --inject 24 hello", "a line from 0 to 23, or nmi", "torture"),
      ("run hello --timeout -1", "more than 0, at most 1000000s", "run"),
      ("run hello --timeout 1_0", "a time such as", "run"),
      ("run hello --timeout ''", "a time such as", "run"),
      ("run hello --timeout s", "a time such as", "run"),
      ("run hello --timeout 1000001", "at most 1000000s", "run"),
      ("run hello --timeout 99999999999999999999h", "at most 1000000s", "run"),
      ("run hello --memory 64MB", "a size such as 512K, 64M or 1GiB", "run"),
      ("run hello --memory 4GiB", "from 1M to 3328M", "run"),
      ("run hello --exit-cost 2s", "from 1ns to 1s", "run"),
      ("run hello --spin-budget 101%", "a share such as 5%; from 0% to 100%", "run"),
      ("restore x --timeout 0", "more than 0", "restore"),
      ("explore tsc --timeout 0", "more than 0", "explore"),
      ("conform --model mips --frequency 1THz x", "a frequency such as 1MHz", "conform"),
      ("measure --period 0.5", "from 1us to 50ms", "measure"),
      ("measure --period 1.5us", "a whole number of us", "measure"),
      ("measure --wait block,frob", "'block', 'spin' or 'adaptive'", "measure"),
      ("measure merge --timeout nan a b", "a time such as", "measure merge"),
      ("images export hello", "Missing expected argument '<file>'", "images export"),
    ])
  func refused(words: String, valid: String, command: String) {
    let result = shell("$SWVMM \(words)")
    #expect(result.status == 64)
    #expect(result.hasOneLineOfComplaint, "\(result.errors)")
    #expect(result.errors.contains(valid), "\(result.errors)")
    #expect(result.errors.hasSuffix("(swvmm help \(command))\n"), "\(result.errors)")
  }

  @Test("help shows defaults as they would be typed")
  func defaults() {
    let help = shell("$SWVMM help run; $SWVMM help measure campaign")
    let words = help.output.split { $0.isWhitespace }.joined(separator: " ")
    for text in [
      "(default: 60s)", "(default: 32M)", "(default: 1us)", "(default: 500us)", "(default: 100us)",
      "(default: 15%)",
    ] { #expect(words.contains(text), "\(text)") }
  }

  @Test(
    "- is standard input and standard output wherever a file is",
    arguments: [
      ("conform --model mips - <s.json", 0), ("cat s.json | X conform --model mips -", 0),
      ("images export hello - | cmp - hello.elf", 0), ("measure merge - </dev/null", 65),
      ("measure merge - - </dev/null", 65), ("kut - </dev/null", 65),
      ("torture --known - </dev/null", 65), ("run - </dev/null", 65),
      ("run - --checkpoint-on mark=1 - </dev/null", 64),
    ])
  func standardStreams(words: String, status: Int32) {
    let command = words.contains("X ") ? words.replacing("X ", with: "$SWVMM ") : "$SWVMM " + words
    let result = shell(
      "\(Self.scripts); $SWVMM images export hello hello.elf; \(command); s=$?; ls; exit $s")
    #expect(result.status == status, "\(result.errors)")
    #expect(!result.output.hasSuffix("-\n") && !result.output.hasPrefix("-\n"), "\(result.output)")
  }

  private static let scripts = """
    echo '[{"id":"a","title":"t","rule":"r","ops":["read boot_ti -> ti"],"expect":{"ti":0}}]' >s.json
    $SWVMM conform --model arm --example >arm.json
    """
}
