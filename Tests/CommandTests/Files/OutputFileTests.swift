import TestSupport
import Testing

/// Files that results are written to, as commands name them.
@Suite("Output files", .timeLimit(.minutes(5)))
struct OutputFileTests {
  @Test(
    "an output that is an input, or another output, is refused, and what was there stays",
    arguments: [
      "measure merge --report in in", "measure merge --report link ./in",
      "measure import --report hard in", "measure compare --report in other in",
      "measure compare --report in in other", "run ./in --trace in",
      "run ./other --initrd in --trace link", "restore in --trace ./in",
      "run hello --trace in --checkpoint-on exit=9 in",
      "run hello --trace new --checkpoint-on exit=9 ./new",
      "measure --trace in --report in", "measure --trace new --report ./new",
      "measure --against ./in --report in", "torture --known in --reproducer in",
    ])
  func same(command: String) {
    let result = shell(
      """
      echo precious >in; echo precious >other; ln -s in link; ln in hard; chmod +x in
      $SWVMM \(command) >printed; echo $?; cat in printed; ls new 2>&1 >/dev/null | grep -c new
      """)
    #expect(result.output == "64\nprecious\n1\n", "\(result.output)\(result.errors)")
    #expect(result.errors.contains("is the same file, and would be lost"), "\(result.errors)")
  }

  @Test("a built-in guest is not a file, even where a file has its name")
  func builtIn() {
    let result = shell("$SWVMM run hello --trace hello >printed 2>errors; cat errors")
    #expect(!result.output.contains("same file"), "\(result.output)")
  }

  @Test(
    "where what reads standard output has gone, a file that is written there ends silently, with 141"
  )
  func lostReader() {
    let result = shell(
      """
      { while ! test -e closed; do sleep 0.01; done; $SWVMM images export hello -; echo $? >status
      } | { exec <&-; : >closed; }
      cat status
      """)
    #expect(result.output == "141\n" && result.errors.isEmpty, "\(result.output)\(result.errors)")
  }
}
